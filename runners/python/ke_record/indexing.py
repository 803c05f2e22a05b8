"""Basic indexing as views: integers, slices, None and the ellipsis."""

import operator

from .failure import Delegation


def view(tensor, index):
    items = list(index) if isinstance(index, tuple) else [index]
    _require_basic(items)
    named = sum(item is not None and item is not Ellipsis for item in items)
    if named > tensor.dim():
        raise IndexError(f"too many indices for a tensor of {tensor.dim()} "
                         "dimensions")
    dim = 0
    result = tensor
    for item in items:
        if item is None:
            result = result.unsqueeze(dim)
            dim += 1
        elif item is Ellipsis:
            dim += tensor.dim() - named
        elif isinstance(item, slice):
            result = _cut(result, dim, item)
            dim += 1
        else:
            result = result.select(dim, operator.index(item))
    return result


def _require_basic(items):
    if sum(item is Ellipsis for item in items) > 1:
        raise IndexError("an index holds more than one ellipsis")
    for item in items:
        if item is None or item is Ellipsis or isinstance(item, slice):
            continue
        if isinstance(item, bool) or not hasattr(item, "__index__") or \
                hasattr(item, "dim"):
            raise Delegation("indexing with a tensor, list or bool: torch may "
                             "not compute for a kernel")


def _cut(tensor, dim, item):
    start, stop, step = item.indices(tensor.size(dim))
    if step < 1:
        raise ValueError("a slice's step must be positive")
    length = max(0, -(-(stop - start) // step))
    if step == 1:
        return tensor.narrow(dim, start, length)
    size, stride = list(tensor.size()), list(tensor.stride())
    offset = tensor._ke_twin.storage_offset() + start * stride[dim]
    size[dim], stride[dim] = length, stride[dim] * step
    return tensor.as_strided(size, stride, offset)
