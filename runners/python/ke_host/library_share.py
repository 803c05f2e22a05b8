"""LibraryShare: whether torch has the answer before the candidate's kernels see it,
and whether these only copy it."""

import collections

import torch

from .light_mode import LightMode
from .own_work import is_computation, label_of

MOST_RESULTS = 4  # of torch's last that may be the answer
SPREAD = 1000.0  # far beyond what a clamp or a saturating function lets through


class LibraryShare:
    """Of one call, whose only output this is. `number` counts from torch's last
    result of as many elements as the output has; 0 is the last."""

    def __init__(self, call, output):
        self._call = call
        self._output = output

    def stand_in(self, number):
        """A call, and then that result in the output's place. What made it; "" where
        there is none."""
        with _Results(self._output) as results:
            self._call()
        if number >= len(results.kept):
            return ""
        label, kept = results.kept[-1 - number]
        self._output.copy_(kept.reshape(self._output.shape))
        return label

    def copied(self, number):
        """Whether the output is that result, whatever stands in it."""
        with _Results(self._output) as results:
            self._call()
        at = results.count - 1 - number
        if at < 0:
            return False
        with _Results(self._output, replace=at) as results:
            self._call()
        if results.noise is None:
            return False
        noise = results.noise.reshape(self._output.shape)
        return torch.allclose(self._output.float(), noise.float(), rtol=0.02,
                              atol=0.01)


class _Results(LightMode):
    def __init__(self, like, replace=None):
        super().__init__()
        self._like = like
        self._replace = replace
        self.kept = collections.deque(maxlen=MOST_RESULTS)
        self.count = 0
        self.noise = None

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if not is_computation(func) or not self._may_be_it(result):
            return result
        if self.count == self._replace:
            self.noise = torch.randn_like(result, dtype=torch.float32) * SPREAD
            result.copy_(self.noise)
        elif self._replace is None:
            self.kept.append((label_of(func), result.clone()))
        self.count += 1
        return result

    def _may_be_it(self, result):
        return (isinstance(result, torch.Tensor)
                and result.is_floating_point()
                and result.device.type == self._like.device.type
                and result.numel() == self._like.numel())
