"""Device memory of another process, mapped by the driver's virtual memory
calls. Python has no binding for them that every machine with torch would have,
so libcuda is called directly."""

import ctypes
import functools

import torch

from .failure import CommandError, DriverError

_POSIX_FILE_DESCRIPTOR = 1
_LOCATION_DEVICE = 1
_PROT_READ, _PROT_READWRITE = 1, 3
_NOT_SUPPORTED = 801


class _Location(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("id", ctypes.c_int)]


class _AccessDesc(ctypes.Structure):
    _fields_ = [("location", _Location), ("flags", ctypes.c_int)]


class _AllocationFlags(ctypes.Structure):
    _fields_ = [("compression", ctypes.c_ubyte), ("rdma", ctypes.c_ubyte),
                ("usage", ctypes.c_ushort), ("reserved", ctypes.c_ubyte * 4)]


class _AllocationProp(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("handle_types", ctypes.c_int),
                ("location", _Location), ("win32", ctypes.c_void_p),
                ("flags", _AllocationFlags)]


class _Driver:
    """libcuda's calls, with their failures as exceptions."""

    _ARGUMENTS = {
        "cuMemImportFromShareableHandle": (
            ctypes.POINTER(ctypes.c_ulonglong), ctypes.c_void_p, ctypes.c_int),
        "cuMemGetAllocationGranularity": (
            ctypes.POINTER(ctypes.c_size_t), ctypes.POINTER(_AllocationProp),
            ctypes.c_int),
        "cuMemAddressReserve": (
            ctypes.POINTER(ctypes.c_ulonglong), ctypes.c_size_t,
            ctypes.c_size_t, ctypes.c_ulonglong, ctypes.c_ulonglong),
        "cuMemMap": (ctypes.c_ulonglong, ctypes.c_size_t, ctypes.c_size_t,
                     ctypes.c_ulonglong, ctypes.c_ulonglong),
        "cuMemSetAccess": (ctypes.c_ulonglong, ctypes.c_size_t,
                           ctypes.POINTER(_AccessDesc), ctypes.c_size_t),
        "cuMemUnmap": (ctypes.c_ulonglong, ctypes.c_size_t),
        "cuMemAddressFree": (ctypes.c_ulonglong, ctypes.c_size_t),
        "cuMemRelease": (ctypes.c_ulonglong,),
        "cuMemsetD32Async": (ctypes.c_ulonglong, ctypes.c_uint, ctypes.c_size_t,
                             ctypes.c_void_p),
        "cuCtxResetPersistingL2Cache": (),
        "cuModuleLoadData": (ctypes.POINTER(ctypes.c_void_p), ctypes.c_char_p),
        "cuModuleGetFunction": (ctypes.POINTER(ctypes.c_void_p),
                                ctypes.c_void_p, ctypes.c_char_p),
        "cuLaunchKernel": (ctypes.c_void_p, *[ctypes.c_uint] * 7,
                           ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p),
                           ctypes.c_void_p),
    }

    def __init__(self):
        self._library = ctypes.CDLL("libcuda.so.1")
        for name, arguments in self._ARGUMENTS.items():
            function = getattr(self._library, name)
            function.argtypes, function.restype = arguments, ctypes.c_int
        self._library.cuGetErrorString.argtypes = (
            ctypes.c_int, ctypes.POINTER(ctypes.c_char_p))

    def call(self, name, *arguments):
        code = getattr(self._library, name)(*arguments)
        if code:
            text = ctypes.c_char_p()
            self._library.cuGetErrorString(code, ctypes.byref(text))
            raise DriverError(name, code, (text.value or b"?").decode())


@functools.cache
def _driver():
    return _Driver()


def fill_words(tensor, value, stream):
    """Fills an int32 tensor on `stream` as our launcher fills memory."""
    _driver().call("cuMemsetD32Async", tensor.data_ptr(), value, tensor.numel(),
                   stream.cuda_stream)


def reset_persisting():
    """Lets go of lines that some kernel asked the cache to keep; a device
    without such lines has none."""
    try:
        _driver().call("cuCtxResetPersistingL2Cache")
    except DriverError as error:
        if error.code != _NOT_SUPPORTED:
            raise


class Sweep:
    """Reads memory from end to end by the judge's own kernel, as our launcher
    does."""

    def __init__(self, memory, image, blocks, threads):
        """`memory`: a tensor of 64-bit words; `image`: a cubin."""
        self._memory, self._blocks, self._threads = memory, blocks, threads
        module, self._kernel = ctypes.c_void_p(), ctypes.c_void_p()
        _driver().call("cuModuleLoadData", ctypes.byref(module), image)
        _driver().call("cuModuleGetFunction", ctypes.byref(self._kernel), module,
                       b"ke_sweep")

    def __call__(self, stream):
        values = (ctypes.c_ulonglong(self._memory.data_ptr()),
                  ctypes.c_longlong(self._memory.numel()),
                  ctypes.c_ulonglong(0))
        parameters = (ctypes.c_void_p * len(values))(
            *[ctypes.addressof(value) for value in values])
        _driver().call("cuLaunchKernel", self._kernel, self._blocks, 1, 1,
                       self._threads, 1, 1, 0, stream.cuda_stream, parameters,
                       None)


class _Bytes:
    """What torch.as_tensor takes for device memory. The interface's read-only
    flag is not among what torch accepts; the mapping itself is read-only."""

    def __init__(self, address, count):
        self.__cuda_array_interface__ = {
            "shape": (count,), "typestr": "|u1", "data": (address, False),
            "version": 2}


class DeviceMemory:
    """An allocation made by cuMemCreate elsewhere, imported and mapped here
    between two stretches of address space that stay unmapped."""

    def __init__(self, device, descriptor, size, writable):
        # Its context becomes current, in which the calls below work.
        torch.cuda.init()
        torch.cuda.synchronize(device)
        self._driver = _driver()
        self.size = size
        self._device = device
        self._granule = self._granularity()
        self._mapped = -(-size // self._granule) * self._granule
        self._handle = ctypes.c_ulonglong()
        self._reserved = ctypes.c_ulonglong()
        self._address = ctypes.c_ulonglong()
        self._steps = []  # what release() has to undo, last first
        try:
            self._map(descriptor, writable)
        except DriverError:
            self.release()
            raise

    def bytes_at(self, offset, count):
        return torch.as_tensor(_Bytes(self._address.value + offset, count),
                               device=torch.device("cuda", self._device))

    def release(self):
        torch.cuda.synchronize(self._device)
        while self._steps:
            self._driver.call(*self._steps.pop())

    def _granularity(self):
        """What cuMemCreate rounds sizes to."""
        prop = _AllocationProp(type=1, handle_types=_POSIX_FILE_DESCRIPTOR,
                               location=_Location(_LOCATION_DEVICE,
                                                  self._device))
        granularity = ctypes.c_size_t()
        self._driver.call("cuMemGetAllocationGranularity",
                          ctypes.byref(granularity), ctypes.byref(prop), 0)
        if not granularity.value:
            raise CommandError("the driver names no granularity")
        return granularity.value

    def _map(self, descriptor, writable):
        call, size = self._driver.call, self._mapped
        reserved = size + 2 * self._granule
        call("cuMemImportFromShareableHandle", ctypes.byref(self._handle),
             ctypes.c_void_p(descriptor), _POSIX_FILE_DESCRIPTOR)
        self._steps.append(("cuMemRelease", self._handle))
        call("cuMemAddressReserve", ctypes.byref(self._reserved), reserved, 0, 0,
             0)
        self._steps.append(("cuMemAddressFree", self._reserved, reserved))
        self._address.value = self._reserved.value + self._granule
        call("cuMemMap", self._address, size, 0, self._handle, 0)
        self._steps.append(("cuMemUnmap", self._address, size))
        access = _AccessDesc(_Location(_LOCATION_DEVICE, self._device),
                             _PROT_READWRITE if writable else _PROT_READ)
        call("cuMemSetAccess", self._address, size, ctypes.byref(access), 1)
