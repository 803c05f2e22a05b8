"""Memory that the judge lends, and tensors over it without a copy."""

import math
import mmap
import warnings

import torch

from .failure import CommandError


class HostMemory:
    """A memory file, for a server without a GPU."""

    def __init__(self, descriptor, size, writable):
        access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
        self.size = size
        self._map = mmap.mmap(descriptor, size, access=access)

    def bytes_at(self, offset, count):
        with warnings.catch_warnings():
            # torch warns of read-only memory; inputs are meant to be that.
            warnings.simplefilter("ignore")
            return torch.frombuffer(self._map, dtype=torch.uint8, count=count,
                                    offset=offset)

    def release(self):
        try:
            self._map.close()
        except BufferError:
            pass  # a tensor still lives; the collector unmaps with the last


class LentMemory:
    """All that is lent, by id. Owns the mappings."""

    def __init__(self, device):
        self.device = device
        self._lent = {}
        self._writable = {}

    def lend(self, identity, descriptor, size, writable):
        if identity in self._lent:
            raise CommandError(f"memory {identity} is lent already")
        if size <= 0:
            raise CommandError(f"memory {identity} has {size} bytes")
        self._lent[identity] = self._map(descriptor, size, writable)
        self._writable[identity] = writable

    def unlend(self, identity):
        self._find(identity).release()
        del self._lent[identity], self._writable[identity]

    def release_all(self):
        for identity in list(self._lent):
            self.unlend(identity)

    def tensor(self, place, dtype, shape, write=False):
        """A tensor over place["id"] from place["offset"] on."""
        identity, offset = place["id"], place.get("offset", 0)
        memory = self._find(identity)
        if write and not self._writable[identity]:
            raise CommandError(f"memory {identity} is lent for reading only")
        size = math.prod(shape) * dtype.itemsize
        if offset < 0 or offset % dtype.itemsize or offset + size > memory.size:
            raise CommandError(f"{size} bytes at {offset} do not lie in memory "
                               f"{identity}, which has {memory.size}")
        if size == 0:
            return torch.empty(shape, dtype=dtype, device=self.device)
        return memory.bytes_at(offset, size).view(dtype).view(shape)

    def _find(self, identity):
        if identity not in self._lent:
            raise CommandError(f"no memory {identity} is lent")
        return self._lent[identity]

    def _map(self, descriptor, size, writable):
        if self.device.type == "cpu":
            return HostMemory(descriptor, size, writable)
        from .cuda_memory import DeviceMemory
        return DeviceMemory(self.device.index, descriptor, size, writable)
