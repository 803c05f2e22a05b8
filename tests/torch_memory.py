"""What a judge lends, for the tests of the PyTorch server: a memory file, or
with a GPU an allocation of the driver's."""

import ctypes
import mmap
import os


class FileMemory:
    def __init__(self, size):
        self.size = size
        self.descriptor = os.memfd_create("lent")
        os.ftruncate(self.descriptor, size)
        self._map = mmap.mmap(self.descriptor, size)

    def write(self, offset, data):
        self._map[offset:offset + len(data)] = data

    def read(self, offset, count):
        return bytes(self._map[offset:offset + count])


class DeviceMemory:
    """Made as the judge makes it: cuMemCreate, exported as a descriptor."""

    GRANULE = 2 << 20

    def __init__(self, size):
        import torch
        from ke_torch import cuda_memory as cm
        torch.cuda.init()
        torch.cuda.synchronize()
        self.size = -(-size // self.GRANULE) * self.GRANULE
        self._cuda = ctypes.CDLL("libcuda.so.1")
        prop = cm._AllocationProp(type=1, handle_types=1,
                                  location=cm._Location(1, 0))
        handle = ctypes.c_ulonglong()
        self._call("cuMemCreate", ctypes.byref(handle),
                   ctypes.c_size_t(self.size), ctypes.byref(prop),
                   ctypes.c_ulonglong(0))
        descriptor = ctypes.c_int()
        self._call("cuMemExportToShareableHandle", ctypes.byref(descriptor),
                   handle, ctypes.c_int(1), ctypes.c_ulonglong(0))
        self.descriptor = descriptor.value
        self._mapped = cm.DeviceMemory(0, self.descriptor, self.size, True)

    def _call(self, name, *arguments):
        code = getattr(self._cuda, name)(*arguments)
        if code:
            raise RuntimeError(f"{name}: {code}")

    def write(self, offset, data):
        import torch
        source = torch.frombuffer(bytearray(data), dtype=torch.uint8)
        self._mapped.bytes_at(offset, len(data)).copy_(source)
        torch.cuda.synchronize()

    def read(self, offset, count):
        return self._mapped.bytes_at(offset, count).cpu().numpy().tobytes()
