"""Analysis: one file from source to task folder."""

import contextlib
import os

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from .counted_fakes import CountedFakes
from .dims import DimSearch, evaluate
from .inputs import DTYPES, Inputs, check_size
from .model_file import ModelFile
from .observer import FactoryWatch
from .probe import Probe, Unfit, small_shapes
from .reference_text import reference_text
from .refusal import Refused, bytes_text, one_line
from .task_text import name_of, task_text
from .weights import Weights

MOST_TENSORS = 64  # of a task's inputs and of its outputs
# Inputs, weights and outputs together: they are held twice over on the device,
# and once more in float64 where that fits.
MOST_BYTES = 24 << 30
# A model is really built, and really run at a small shape, up to here.
BUILT_BYTES = 3 << 30
PROBED_ELEMENTS = 1 << 28


class Analysis:
    """`admit` answers with the name, notes and agreement, or raises Refused."""

    def __init__(self, path):
        self.notes = []
        self.file = ModelFile(path)
        self.inputs = Inputs(self.file)
        self.notes += [t.note for t in self.inputs.tensors if t.note]
        check_size(sum(t.bytes for t in self.inputs.tensors), "its inputs",
                   MOST_BYTES)
        self._mode = CountedFakes(allow_non_fake_inputs=True)
        self._construct()
        self.weights = self._weights()
        self._run_modes()
        self._find_outputs()
        self._check_sizes()

    def admit(self, out):
        name = name_of(self.file.path)
        folder = out / name
        os.makedirs(folder, exist_ok=True)
        reference = folder / "reference.py"
        _write(reference, reference_text(self.file, self.inputs, self.weights,
                                         self._factories))
        agreement = self._probe(reference)
        _write(folder / "task.toml", task_text(name, self))
        return {"name": name, "folder": str(folder), "notes": self.notes,
                "agreement": agreement, "inputs": len(self.inputs.tensors),
                "weights": len(self.weights),
                "dims": {dim.name: dim.size for dim in self.dims}}

    def shape_of(self, tensor):
        """With names of dims where a size is free."""
        shape = list(tensor.shape)
        for dim in self.dims:
            for number, axis in dim.axes:
                if tensor is self.inputs.tensors[number]:
                    shape[axis] = dim.name
        return shape

    def shape_at(self, tensor, sizes):
        return [sizes.get(extent, extent) for extent in self.shape_of(tensor)]

    def elements(self, sizes):
        tensors = [self.shape_at(t, sizes) for t in self.inputs.tensors]
        tensors += [[evaluate(e, sizes) for e in shape]
                    for shape in self.output_shapes]
        return sum(_count(shape) for shape in tensors)

    def _construct(self):
        """The model; without memory if it would take too much."""
        size = None
        try:
            with self._mode:
                model = self.file.construct()
            size = _model_bytes(model)
        except Refused:
            raise
        except Exception:  # a constructor that looks at values
            pass
        if size is not None and size > BUILT_BYTES:
            check_size(size, "its weights", MOST_BYTES)
            self.model, self._built = model, False
            self.notes.append(f"weights of {bytes_text(size)} were not built here: "
                              "normal(0, 0.02) for all, nothing probed")
            return
        try:
            self.model, self._built = self.file.construct(), True
        except Refused:
            raise
        except MemoryError as error:
            raise Refused("too_large", "Model needs more memory than there is") \
                from error
        except Exception as error:
            raise Refused("broken", f"Model cannot be made: {one_line(error)}") \
                from error

    def _weights(self):
        other = self.model
        if self._built and any(b.dtype.is_floating_point
                               for b in self.model.buffers()):
            other = self.file.construct(seed=1)
        taken = [tensor.name for tensor in self.inputs.tensors]
        found = Weights(self.model, other if self._built else None, taken)
        self.notes += found.notes
        if len(found.chosen) + len(taken) > MOST_TENSORS:
            raise Refused("too_many", f"{len(found.chosen)} weights and "
                          f"{len(taken)} inputs; a task takes {MOST_TENSORS}: cut "
                          "the model into operators")
        return found.chosen

    def _run_modes(self):
        modules = list(self.model.modules())
        for kind, word in ((torch.nn.modules.dropout._DropoutNd, "dropout is off"),
                           (torch.nn.modules.batchnorm._BatchNorm,
                            "batch norm uses its running statistics")):
            if any(isinstance(module, kind) for module in modules):
                self.notes.append(f"eval mode: {word}")

    def _fake_run(self, shapes, watch=contextlib.nullcontext()):
        """Output (shape, dtype) pairs for input shapes."""
        # The plain form of attention checks what the fast ones trust.
        with self._mode, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
            tensors = [torch.empty(shape, dtype=tensor.dtype) for shape, tensor
                       in zip(shapes, self.inputs.tensors)]
            with watch:
                result = self.model(*self.inputs.arguments(tensors))
            return self._told(result)

    def _find_outputs(self):
        shapes = [tensor.shape for tensor in self.inputs.tensors]
        watch = FactoryWatch()
        try:
            told = self._fake_run(shapes, watch)
        except Exception as error:
            told = self._really_run(error)
        self._factories = watch.seen
        if not 0 < len(told) <= MOST_TENSORS:
            raise Refused("unsupported", f"forward returns {len(told)} tensors")
        self.output_dtypes = [dtype for _, dtype in told]
        for number, (shape, dtype) in enumerate(told):
            if dtype not in DTYPES:
                raise Refused("unsupported", f"output {number} is of {dtype}")
            if not _count(shape):
                raise Refused("unsupported", f"output {number} is empty")
        self._search = DimSearch(shapes, lambda each: _shapes_or_none(
            self._fake_run, each) or (
                [shape for shape, _ in told] if each == shapes else None),
            lambda: self._mode.operations)
        self._use_dims([dim for dim in self._search.find()[0]
                        if not self._bounds_values(dim)])

    def _use_dims(self, dims):
        """Named so that no tensor is called the same."""
        taken = {t.name for t in [*self.inputs.tensors, *self.weights]}
        names = (f"n{i}" for i in range(1000) if f"n{i}" not in taken)
        for dim in dims:
            dim.name = next(names)
        self.dims, self.output_shapes = dims, self._search.expressions(dims)

    def _bounds_values(self, dim):
        """Whole numbers up to a size are indices: it has to stay as it is."""
        return any(tensor.law.kind in ("randint", "sorted", "permutation")
                   and not tensor.dtype.is_floating_point
                   and tensor.law.b in (dim.size - 1, dim.size)
                   for tensor in self.inputs.tensors)

    def _really_run(self, why):
        """For a forward that looks at values."""
        if not self._built or sum(t.bytes for t in self.inputs.tensors) > 1 << 30:
            raise Refused("unsupported", "forward cannot be run without values: "
                          f"{one_line(why)}") from why
        try:
            tensors = [t.law.draw(t.shape, t.dtype) for t in self.inputs.tensors]
            with torch.no_grad():
                return self._told(self.model(*self.inputs.arguments(tensors)))
        except Exception as error:
            raise Refused("broken", f"forward fails: {one_line(error)}") from error

    def _told(self, result):
        return [(tuple(each.shape), each.dtype) for each in _tensors(result)]

    def _check_sizes(self):
        sizes = {dim.name: dim.size for dim in self.dims}
        outputs = sum(_count([evaluate(e, sizes) for e in shape]) * dtype.itemsize
                      for shape, dtype in zip(self.output_shapes,
                                              self.output_dtypes))
        check_size(outputs, "its outputs", MOST_BYTES)
        check_size(outputs + sum(t.bytes for t in [*self.inputs.tensors,
                                                   *self.weights]),
                   "inputs, weights and outputs", MOST_BYTES)

    def _probe(self, reference):
        if not self._built:
            return None
        for dims in (self.dims, self.dims[:1], []):
            self._use_dims(dims)
            if sum(map(_count, small_shapes(self))) > PROBED_ELEMENTS:
                break
            probe = Probe(self, reference)
            try:
                probe.run()
            except Unfit:
                if not dims:
                    raise
                continue
            except MemoryError:
                break
            self.notes += probe.notes
            return probe.agreement
        self.notes.append("too large to be probed here")
        return None


def _shapes_or_none(run, shapes):
    try:
        return [shape for shape, _ in run(shapes)]
    except Exception:
        return None


def _tensors(result):
    if isinstance(result, torch.Tensor):
        return [result]
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (tuple, list)):
        return [each for part in result for each in _tensors(part)]
    return []


def _model_bytes(model):
    return sum(t.numel() * t.element_size() for t in
               [*model.parameters(), *model.buffers()])


def _count(shape):
    count = 1
    for extent in shape:
        count *= extent
    return count


def _write(path, text):
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
