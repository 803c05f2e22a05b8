"""Which of a model's parameters and buffers the kernel is given, and how fresh
values for them are drawn."""

import math
import re

import torch

from .inputs import DTYPES, RESERVED, Tensor
from .laws import Law, constant

MOST_SAMPLED = 1 << 20


class Weight(Tensor):
    """A constant input. `key` is its name in the model's state."""

    def __init__(self, key, name, tensor, law):
        super().__init__(name, tensor.dtype, tuple(tensor.shape), law)
        self.key = key


class Weights:
    """`chosen` in the order of the state; `notes` for people."""

    def __init__(self, model, other, taken):
        """`other`: the model made with another seed, or None where values
        cannot be looked at."""
        self.chosen, self.notes = [], []
        self._taken = set(taken) | RESERVED
        self._others = dict(other.named_buffers()) if other else {}
        self._look = other is not None
        parameters = dict(model.named_parameters())
        for key, tensor in _in_order(model):
            law = (self._parameter_law(tensor) if key in parameters
                   else self._buffer_law(key, tensor))
            if law is None or tensor.numel() == 0 or tensor.dtype not in DTYPES:
                continue
            self.chosen.append(Weight(key, self._name(key), tensor, law))

    def _parameter_law(self, tensor):
        if not tensor.dtype.is_floating_point:
            return None
        if not self._look:
            return Law("normal", 0.0, 0.02)
        return fitted(tensor)

    def _buffer_law(self, key, tensor):
        """None: a table that the constructor computes, which stays inside."""
        if not tensor.dtype.is_floating_point:
            return None
        if key.endswith("running_mean"):
            return Law("normal", 0.0, 0.1)
        if key.endswith("running_var"):
            return Law("uniform", 0.5, 1.5)
        other = self._others.get(key)
        if other is not None and not torch.equal(tensor, other):
            return fitted(tensor)
        self.notes.append(f"buffer {key} is part of the operation, not an input")
        return None

    def _name(self, key):
        base = re.sub(r"\W", "_", key, flags=re.ASCII)[-56:].lstrip("_")
        if not base or base[0].isdigit():
            base = f"w_{base}"
        name, number = base, 2
        while name in self._taken:
            name, number = f"{base}_{number}", number + 1
        self._taken.add(name)
        return name


def _in_order(model):
    """Parameters and buffers once each, in the order of state_dict."""
    tensors = dict(model.named_parameters())
    tensors.update(model.named_buffers())
    ordered = [key for key in model.state_dict(keep_vars=True) if key in tensors]
    ordered += [key for key in tensors if key not in ordered]
    return [(key, tensors[key].detach()) for key in ordered]


def fitted(tensor):
    """normal(mean, std) of an initialised tensor. A constant one is spread: a
    kernel that leaves a bias of zeros out would pass."""
    values = tensor.reshape(-1)[:MOST_SAMPLED].to(torch.float64)
    low, high = values.min().item(), values.max().item()
    if not (math.isfinite(low) and math.isfinite(high)):
        return constant(0)
    if low == high:
        if low == 0:
            return Law("normal", 0.0, 0.1)
        return Law("uniform", *sorted((0.5 * low, 1.5 * low)))
    mean, std = values.mean().item(), values.std().item()
    if abs(mean) < 4 * std / math.sqrt(values.numel()):
        mean = 0.0
    return Law("normal", mean, float(f"{std:.3g}"))
