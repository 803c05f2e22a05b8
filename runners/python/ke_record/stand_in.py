"""StandIn: a CUDA tensor without memory. It has a shape, a place in a buffer and
views; what it cannot do is compute."""

import torch

from . import indexing
from .failure import Delegation


class StandIn(torch.Tensor):
    """`twin` is a tensor on torch's meta device with the same layout; its
    storage is as large as the buffer, so torch itself checks every view."""

    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, buffer, twin):
        return torch.Tensor._make_wrapper_subclass(
            cls, twin.size(), strides=twin.stride(),
            storage_offset=twin.storage_offset(), dtype=twin.dtype,
            device=torch.device("cuda", 0))

    def __init__(self, buffer, twin):
        self._ke_buffer = buffer
        self._ke_twin = twin

    def data_ptr(self):
        if self.numel() == 0:
            return 0
        return self._ke_buffer.base + self.ke_offset()

    def ke_offset(self):
        return self._ke_twin.storage_offset() * self._ke_twin.element_size()

    # torch guards the device in these before it dispatches.
    def __getitem__(self, index):
        return indexing.view(self, index)

    def __setitem__(self, index, value):
        part = indexing.view(self, index)
        if isinstance(value, torch.Tensor):
            part.copy_(value)
        else:
            part.fill_(value)

    def copy_(self, source, non_blocking=False):
        return torch.ops.aten.copy_.default(self, source, non_blocking)

    def to(self, *args, **kwargs):
        kwargs.pop("copy", None)
        device, dtype, _, layout = torch._C._nn._parse_to(*args, **kwargs)
        if device is not None and device.type != "cuda":
            raise Delegation("a device tensor cannot be moved to the host")
        if dtype not in (None, self.dtype) or layout is not None:
            raise Delegation(f"aten._to_copy: {self.dtype} to {dtype}: torch may "
                             "not compute for a kernel")
        return self

    def tolist(self):
        raise Delegation("run may not read values on the device")

    def numpy(self, *_args, **_kwargs):
        raise Delegation("run may not read values on the device")

    def __dlpack__(self, *_args, **_kwargs):
        raise Delegation("a device tensor that is handed to another library has "
                         "no place in a plan")

    def untyped_storage(self):
        raise Delegation("a device tensor's storage has no place in a plan")

    storage = untyped_storage

    def get_device(self):
        return 0

    def cuda(self, *_args, **_kwargs):
        return self

    def __repr__(self):
        return f"tensor(shape={tuple(self.shape)}, dtype={self.dtype}, device=cuda:0)"

    __str__ = __repr__

    def __reduce_ex__(self, _protocol):
        raise Delegation("a device tensor has no value that could be saved")

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise Delegation(f"{func}: torch may not compute for a kernel")


def whole(buffer, size, dtype):
    """A contiguous tensor that begins where its buffer begins."""
    return StandIn(buffer, twin_of(buffer.bytes, size, dtype))


def twin_of(storage_bytes, size, dtype):
    storage = torch.empty(storage_bytes, dtype=torch.uint8,
                          device="meta").untyped_storage()
    strides, step = [], 1
    for extent in reversed(size):
        strides.append(step)
        step *= max(extent, 1)
    return torch.empty(0, dtype=dtype, device="meta").set_(
        storage, 0, tuple(size), tuple(reversed(strides)))
