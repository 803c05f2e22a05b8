"""Admission: the written reference is run on small draws, and a task that asks
for nothing is refused."""

import importlib.util
import sys
import time

import torch

from .refusal import Refused, one_line

MODULE = "ke_kernelbench_reference"
SMALL_ELEMENTS = 1 << 18
# Of probing one file; what is left then is noted.
SECONDS = 20
# In float64: far above rounding, far below any effect.
SAME = 1e-9
DISAGREES = 0.05


class Unfit(Refused):
    """The reference does not run: perhaps it would at the file's own sizes."""


class Probe:
    """One file's checks at one small shape. `notes` and `agreement` are what
    it found out."""

    def __init__(self, analysis, path):
        self.notes, self.agreement = [], None
        self._analysis = analysis
        self._deadline = time.monotonic() + SECONDS
        self._reference = _load(path)
        self._tensors = [*analysis.inputs.tensors, *analysis.weights]
        self._shapes = small_shapes(analysis)

    def run(self):
        torch.manual_seed(1)
        first = self._draw()
        outputs = self._call(first)
        self._check_values(outputs)
        self._check_repeats(first, outputs)
        self._agree(first)
        self._check_constant(outputs)
        self._check_copy(first, outputs)
        self._check_each_input(first, outputs)

    def _draw(self):
        return [self._draw_one(i) for i in range(len(self._tensors))]

    def _draw_one(self, number):
        tensor = self._tensors[number]
        drawn = tensor.law.draw(self._shapes[number], tensor.dtype)
        return drawn.double() if tensor.dtype.is_floating_point else drawn

    def _call(self, values):
        try:
            return self._reference.reference(*values)
        except MemoryError:
            raise
        except Exception as error:
            raise Unfit("broken", "the reference fails in float64 at a small "
                        f"shape: {one_line(error)}") from error

    def _agree(self, values):
        """reference.py in float64 against the Model itself as it is."""
        model = self._reference.ke_construct()
        count = len(self._analysis.inputs.tensors)
        inputs = [value.to(tensor.dtype) for value, tensor
                  in zip(values[:count], self._tensors)]
        state = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        own = [state[each.key].detach() for each in self._analysis.weights]
        try:
            with torch.no_grad():
                plain = self._reference.ke_outputs(
                    model(*self._reference.ke_arguments(*inputs)))
        except Exception as error:
            raise Unfit("broken", f"forward fails: {one_line(error)}") from error
        exact = self._call([*map(_wide, inputs), *map(_wide, own)])
        if [p.shape for p in plain] != [e.shape for e in exact]:
            raise Refused("broken", "float64 changes the outputs' shapes")
        self.agreement = max(map(_distance, plain, exact))
        if self.agreement > DISAGREES:
            raise Refused("ill_conditioned", "the Model and the same in float64 "
                          f"differ by {self.agreement:.2g} of the largest value")

    def _check_values(self, outputs):
        for number, output in enumerate(outputs):
            bad = ~torch.isfinite(output) if output.dtype.is_floating_point \
                else torch.zeros(1, dtype=torch.bool)
            if bad.all():
                raise Refused("degenerate", f"output {number} holds no finite value")
            if bad.any():
                self.notes.append(f"output {number} is not finite everywhere")

    def _check_repeats(self, values, outputs):
        torch.manual_seed(2)
        again = self._call(values)
        if not _same(outputs, again):
            raise Refused("nondeterministic", "the same inputs give other outputs "
                          "the second time, in eval mode")

    def _check_constant(self, outputs):
        fresh = self._call(self._draw())
        for number, (one, other) in enumerate(zip(outputs, fresh)):
            if _same([one], [other]) or _vanishes(one, other):
                raise Refused("degenerate", f"output {number} is the same whatever "
                              "the inputs are")

    def _check_copy(self, values, outputs):
        for number, output in enumerate(outputs):
            for value, tensor in zip(values, self._tensors):
                if value.numel() == output.numel() and _same(
                        [value.reshape(-1).double()],
                        [output.reshape(-1).double()]):
                    raise Refused("degenerate", f"output {number} is a copy of "
                                  f"input {tensor.name}")

    def _check_each_input(self, values, outputs):
        for number, tensor in enumerate(self._tensors):
            if time.monotonic() > self._deadline:
                self.notes.append(f"from {tensor.name} on it was not tried whether "
                                  "inputs matter")
                return
            if self._matters(number, values, outputs):
                continue
            if tensor in self._analysis.weights:
                self._report_weight(number, tensor, values, outputs)
                continue
            raise Refused("degenerate", f"no output depends on input "
                          f"{tensor.name}")

    def _matters(self, number, values, outputs):
        if self._tensors[number].law.kind in ("zeros", "ones", "constant"):
            return True
        for _ in range(3):
            changed = list(values)
            changed[number] = self._draw_one(number)
            if not _same(outputs, self._call(changed)):
                return True
        return False

    def _report_weight(self, number, tensor, values, outputs):
        """Read without effect, as a bias that cancels, or not read at all?"""
        changed = list(values)
        changed[number] = torch.full_like(values[number], float("nan"))
        if _same(outputs, self._call(changed)):
            raise Refused("degenerate", f"parameter {tensor.key} is never used")
        self.notes.append(f"parameter {tensor.key} has no effect on the outputs")


def small_shapes(analysis):
    """Shapes of inputs and weights with every free dim made small."""
    # All different: what must be equal and is not shows itself.
    sizes = {dim.name: max(dim.low, min(dim.size, 48 - 5 * number))
             for number, dim in enumerate(analysis.dims[:8])}
    sizes.update((dim.name, dim.size) for dim in analysis.dims[8:])
    low = {dim.name: dim.low for dim in analysis.dims}
    while analysis.elements(sizes) > SMALL_ELEMENTS:
        widest = max(sizes, key=lambda name: sizes[name] - low[name], default=None)
        if widest is None or sizes[widest] <= max(low[widest], 2):
            break
        sizes[widest] = max(low[widest], 2, sizes[widest] // 2)
    return [analysis.shape_at(tensor, sizes)
            for tensor in [*analysis.inputs.tensors, *analysis.weights]]


def _load(path):
    spec = importlib.util.spec_from_file_location(MODULE, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    spec.loader.exec_module(module)
    return module


def _wide(tensor):
    return tensor.double() if tensor.dtype.is_floating_point else tensor


def _same(some, others):
    for one, other in zip(some, others, strict=True):
        if one.shape != other.shape:
            return False
        scale = one.abs().max().item() if one.numel() else 0
        if not torch.allclose(one.double(), other.double(), rtol=0,
                              atol=SAME * scale, equal_nan=True):
            return False
    return True


def _vanishes(one, other):
    """Nothing but rounding is left: it would be zero in exact arithmetic."""
    return one.dtype.is_floating_point and max(
        one.abs().max().item(), other.abs().max().item()) < 1e-13


def _distance(plain, exact):
    if not plain.dtype.is_floating_point:
        return (plain != exact).double().mean().item()
    both = torch.isfinite(plain) & torch.isfinite(exact)
    if not both.any():
        return 0.0
    scale = max(exact[both].abs().max().item(), 1e-30)
    return (plain[both].double() - exact[both]).abs().max().item() / scale
