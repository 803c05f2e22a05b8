"""The parameter buffer of a launch, packed as Triton 3.6's launcher packs it:
arguments that are no constexpr, in order, then the two scratch pointers."""

import ctypes
import re
import struct

from .failure import HostMemory, Refusal
from .stand_in import StandIn

# Triton's type to bytes; integers are cut to their width.
INTEGERS = {"i1": 1, "i8": 1, "i16": 2, "i32": 4, "i64": 8,
            "u1": 1, "u8": 1, "u16": 2, "u32": 4, "u64": 8}
FLOATS = {"fp16": 2, "bf16": 2, "fp32": 4, "f32": 4, "fp64": 8}
MAP_BYTES = 128
DESCRIPTOR = re.compile(r"tensordesc<([^[>]*)\[([^]]*)\]")


class Parameters:
    """Grows by one value at a time, each put where the kernel's image wants it:
    `layout` has (offset, bytes) of every parameter."""

    def __init__(self, recording, layout):
        self.offsets = [offset for offset, _ in layout]
        self.data = bytearray(layout[-1][0] + layout[-1][1] if layout else 0)
        self.maps = []
        self._left = iter(layout)
        self._recording = recording

    def add(self, kind, value):
        if kind[0] == "*":
            self._put(self._address(value).to_bytes(8, "little"))
        elif kind in INTEGERS:
            size = INTEGERS[kind]
            word = int(value) & ((1 << 8 * size) - 1)
            self._put(word.to_bytes(size, "little"))
        elif kind in FLOATS:
            self._put(pack_float(kind, float(value)))
        else:
            raise Refusal(f"a kernel's argument of type {kind}")

    def add_map(self, entry):
        self.maps.append({"at": self._put(bytes(MAP_BYTES)),
                          "map": len(self._recording.maps)})
        self._recording.maps.append(entry)

    def finish(self):
        if next(self._left, None) is not None:
            raise Refusal("a kernel takes more parameters than it was given")

    def _put(self, raw):
        offset, size = next(self._left, (0, None))
        if size != len(raw):
            raise Refusal(f"a kernel's parameter is {size} bytes, its value "
                          f"{len(raw)}")
        self.data[offset:offset + size] = raw
        return offset

    def _address(self, value):
        if value is None:
            return 0
        if isinstance(value, int):
            return value & ((1 << 64) - 1)
        if isinstance(value, StandIn):
            self._recording.own(value._ke_buffer)
            return value.data_ptr()
        if hasattr(value, "data_ptr") and hasattr(value, "base"):
            return self._address(value.base)  # triton.reinterpret's wrapper
        raise HostMemory(value)


def pack_float(kind, value):
    single = struct.pack("<f", ctypes.c_float(value).value)
    if kind == "bf16":
        return single[2:]
    if kind == "fp16":
        return struct.pack("<e", value)
    return single if FLOATS[kind] == 4 else struct.pack("<d", value)


def flatten(kind, value):
    """Pairs of type and value, tuples opened, constexprs left out."""
    if isinstance(kind, tuple):
        for inner, part in zip(kind, value, strict=True):
            yield from flatten(inner, part)
    elif kind != "constexpr":
        yield kind, value


def descriptor_parts(kind, value, meta):
    """What a host-side descriptor becomes: with a map (`meta`) or without."""
    rank = DESCRIPTOR.match(kind).group(2).count(",") + 1
    shape, strides = list(value.shape), list(value.strides)
    if meta is None:
        yield "*", value.base
        for number in shape + strides:
            yield "i64", number
        yield "i1", value.padding == "nan"
    else:
        yield "map", value
    yield from zip(["i32"] * rank + ["i64"] * rank, shape + strides)
