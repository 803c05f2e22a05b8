"""Tensors that have shapes and no memory, and a count of what running on them
costs: the same on an idle machine and on a busy one."""

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._pytree import tree_leaves

# What has no form without memory is carried out, on zeros: about as much work as
# so many operations that have one, and one more for so many elements.
CARRIED_OUT = 1000
ELEMENTS = 2000


class CountedFakes(FakeTensorMode):
    """`operations`: all so far."""

    operations = 0
    _carried_out = False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self._carried_out = False
        try:
            return super().__torch_dispatch__(func, types, args, kwargs or {})
        finally:
            self.operations += 1
            if self._carried_out:
                self.operations += CARRIED_OUT + _elements(args) // ELEMENTS
            self._carried_out = False

    def can_run_unsafe_fallback(self, func):
        self._carried_out = super().can_run_unsafe_fallback(func)
        return self._carried_out


def _elements(args):
    return sum(leaf.numel() for leaf in tree_leaves(args)
               if isinstance(leaf, torch.Tensor))
