"""The torch operations that a plan can hold: allocations, views, fills, copies.
Everything else computes, and is refused by name."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from .failure import Delegation, Refusal
from .stand_in import StandIn

aten = torch.ops.aten

EMPTY = {aten.empty.memory_format, aten.empty_strided.default,
         aten.empty_like.default, aten.new_empty.default,
         aten.new_empty_strided.default}
# Operation to its value.
FILLED = {aten.zeros.default: 0, aten.zeros_like.default: 0,
          aten.new_zeros.default: 0, aten.ones.default: 1,
          aten.ones_like.default: 1, aten.new_ones.default: 1}
# Operation to the place of its value among the arguments.
VALUED = {aten.full.default: 1, aten.full_like.default: 1,
          aten.new_full.default: 2}


class RecordingMode(TorchDispatchMode):
    """Answers every torch operation of the candidate on device tensors."""

    def __init__(self, active):
        super().__init__()
        self._active = active

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if not _touches_device(args, kwargs):
            return func(*args, **kwargs)
        if func in EMPTY:
            return self._allocate(func, args, kwargs)
        if func in FILLED:
            return self._filled(func, args, kwargs, FILLED[func])
        if func in VALUED:
            return self._filled(func, args, kwargs, args[VALUED[func]])
        if func is aten.zero_.default:
            return self._fill(args[0], 0)
        if func in (aten.fill_.Scalar, aten.fill_.Tensor):
            return self._fill(args[0], _scalar(args[1]))
        if func is aten.copy_.default:
            return self._copy(args[0], args[1])
        if func is aten.clone.default:
            return self._clone(args[0], kwargs.get("memory_format"))
        if func.is_view or func is aten._unsafe_view.default:
            return _view(func, args, kwargs)
        raise Delegation(f"{_name(func)}: torch may not compute for a kernel")

    def _allocate(self, func, args, kwargs):
        twin = func(*_twins(args), **{**_twins(kwargs), "device": "meta"})
        size = twin.untyped_storage().nbytes()
        return StandIn(self._active.recording().allocate(size), twin)

    def _filled(self, func, args, kwargs, value):
        tensor = self._allocate(func, args, kwargs)
        return self._fill(tensor, value)

    def _fill(self, tensor, value):
        if tensor.numel() == 0:
            return tensor
        _require_writable(tensor)
        _require_dense(tensor, "a fill")
        width, word = _pattern(value, tensor.dtype)
        recording = self._active.recording()
        recording.add({"op": "memset",
                       "stream": recording.stream(self._active.stream),
                       **_place(recording, tensor), "bytes": _bytes(tensor),
                       "value": word, "width": width})
        return tensor

    def _copy(self, to, source):
        if not isinstance(source, StandIn) or not isinstance(to, StandIn):
            raise Delegation("a copy between host and device has no place in a "
                             "plan: compute the values in a kernel")
        if to.dtype != source.dtype or to.shape != source.shape or \
                to.stride() != source.stride():
            raise Delegation("aten.copy_ that converts, broadcasts or reorders: "
                             "torch may not compute for a kernel")
        if to.numel() == 0:
            return to
        _require_writable(to)
        _require_dense(to, "a copy")
        recording = self._active.recording()
        recording.add({"op": "copy",
                       "stream": recording.stream(self._active.stream),
                       "to": _place(recording, to),
                       "from": _place(recording, source), "bytes": _bytes(to)})
        return to

    def _clone(self, tensor, memory_format):
        wanted = aten.empty_like.default(
            tensor._ke_twin,
            **({"memory_format": memory_format} if memory_format else {}))
        if wanted.stride() != tensor.stride():
            raise Delegation("contiguous() or clone() of a strided tensor moves "
                             "data: give the kernel its strides")
        buffer = self._active.recording().allocate(_bytes(tensor))
        return self._copy(StandIn(buffer, wanted), tensor)


def _name(func):
    return str(func).removesuffix(".default")


def _touches_device(args, kwargs):
    device = kwargs.get("device")
    if device is not None:
        return torch.device(device).type == "cuda"
    found = False

    def look(leaf):
        nonlocal found
        found = found or isinstance(leaf, StandIn)
        return leaf

    tree_map(look, (args, kwargs))
    return found


def _twins(tree):
    return tree_map(
        lambda leaf: leaf._ke_twin if isinstance(leaf, StandIn) else leaf, tree)


def _view(func, args, kwargs):
    buffer = next(arg for arg in args if isinstance(arg, StandIn))._ke_buffer
    made = func(*_twins(args), **_twins(kwargs))
    return tree_map(
        lambda leaf: StandIn(buffer, leaf) if isinstance(leaf, torch.Tensor)
        else leaf, made)


def _place(recording, tensor):
    return {"buffer": recording.own(tensor._ke_buffer).name,
            "offset": tensor.ke_offset()}


def _bytes(tensor):
    return tensor.numel() * tensor.element_size()


def _require_dense(tensor, what):
    """Elements without gaps, in whatever order."""
    step = 1
    pairs = sorted((stride, extent) for stride, extent
                   in zip(tensor.stride(), tensor.size()) if extent != 1)
    for stride, extent in pairs:
        if stride != step:
            raise Delegation(f"{what} of a strided tensor: torch may not compute "
                             "for a kernel")
        step *= extent


def _require_writable(tensor):
    if tensor._ke_buffer.name.startswith("input"):
        raise Refusal("run writes to an input")


def _scalar(value):
    if isinstance(value, StandIn):
        raise Delegation("aten.fill_ with a value on the device")
    return value.item() if isinstance(value, torch.Tensor) else value


def _pattern(value, dtype):
    """(bytes of a word, the word) of a fill."""
    raw = bytes(torch.full((1,), value, dtype=dtype).view(torch.uint8).tolist())
    if len(raw) > 4:
        if raw[:4] != raw[4:8] or len(raw) > 8:
            raise Delegation(f"a fill of {dtype} with {value}: a plan's fills "
                             "repeat at most 4 bytes")
        raw = raw[:4]
    while len(raw) > 1 and raw[:len(raw) // 2] == raw[len(raw) // 2:]:
        raw = raw[:len(raw) // 2]
    return len(raw), int.from_bytes(raw, "little")
