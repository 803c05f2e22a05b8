"""What get_inputs() makes: tensors with their laws, and the rest as literals."""

import dataclasses
import inspect
import keyword

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from .laws import Law, estimate
from .observer import Observer
from .refusal import Refused, bytes_text, one_line

DTYPES = {torch.float64: "f64", torch.float32: "f32", torch.float16: "f16",
          torch.bfloat16: "bf16", torch.float8_e4m3fn: "f8e4m3",
          torch.float8_e5m2: "f8e5m2", torch.int64: "i64", torch.int32: "i32",
          torch.int16: "i16", torch.int8: "i8", torch.uint8: "u8",
          torch.bool: "bool"}
# To look at values that no generator explains.
SAMPLED_BYTES = 1 << 30
# What run() and the task format keep for themselves.
RESERVED = {"outputs", "workspace", "reference", "self", "torch"}
LITERALS = (int, float, bool, str, type(None))


@dataclasses.dataclass
class Tensor:
    name: str
    dtype: torch.dtype
    shape: tuple
    law: Law
    note: str = ""

    @property
    def bytes(self):
        count = self.dtype.itemsize
        for extent in self.shape:
            count *= extent
        return count


class Inputs:
    """`tensors` in the order of forward's arguments; `template` is those
    arguments with a tensor's number, as ("tensor", i), in its place."""

    def __init__(self, file):
        self._names = _parameter_names(file.forward)
        self.tensors = []
        made, fake = _make(file)
        self._real = None if fake else made
        self.template = [self._flatten(value, self._name(place), file)
                         for place, value in enumerate(made)]
        if not self.tensors:
            raise Refused("unsupported", "get_inputs() returns no tensor")

    def source(self, names):
        """The arguments as Python source, tensors by name."""
        return "[" + ", ".join(_source(part, names)
                               for part in self.template) + "]"

    def arguments(self, tensors):
        return [_filled(part, tensors) for part in self.template]

    def _name(self, place):
        if place < len(self._names):
            return self._names[place]
        return f"in{place}"

    def _flatten(self, value, name, file):
        if isinstance(value, torch.Tensor):
            self._add(value, name, file)
            return ("tensor", len(self.tensors) - 1)
        if isinstance(value, (list, tuple)):
            return (type(value).__name__, [
                self._flatten(part, f"{name}_{i}", file)
                for i, part in enumerate(value)])
        if isinstance(value, LITERALS):
            return ("literal", value)
        raise Refused("unsupported", f"input {name} is a "
                      f"{type(value).__name__}, neither a tensor nor a number")

    def _add(self, value, name, file):
        if value.dtype not in DTYPES:
            raise Refused("unsupported", f"input {name} is of {value.dtype}, "
                          "which no task has")
        if value.layout != torch.strided or value.numel() == 0:
            raise Refused("unsupported", f"input {name} is sparse or empty")
        law, note = getattr(value, "ke_law", None), ""
        if law is None or not _fits(law, value):
            law, note = self._looked_at(len(self.tensors), file)
        if not _fits(law, value):
            law, note = Law("randint", 0, 1), f"values of {name} are unknown"
        note = note and f"{name}: {note}"
        self.tensors.append(Tensor(name, value.dtype, tuple(value.shape), law,
                                   note))

    def _looked_at(self, number, file):
        """The law of tensor `number`, from what is really drawn."""
        if self._real is None:
            self._real = _really(file)
        tensor = _tensors(self._real)[number] if self._real else None
        law = None if tensor is None else estimate(tensor)
        if law is None:
            return Law("normal", 0.0, 1.0), "values unknown, normal(0, 1) taken"
        note = f"values estimated from a sample as {law.text()}"
        if _triangular(tensor):
            note += "; its triangular structure is not kept"
        return law, note


def _make(file):
    try:
        with FakeTensorMode(), Observer():
            return file.inputs(), True
    except Refused:
        raise
    except Exception:  # it looks at values: make them
        pass
    try:
        with Observer():
            return file.inputs(), False
    except MemoryError as error:
        raise Refused("too_large", "get_inputs() needs more memory than there "
                      "is") from error
    except Exception as error:
        raise Refused("broken", f"get_inputs() fails: {one_line(error)}") \
            from error


def _really(file):
    try:
        with FakeTensorMode():
            size = sum(t.numel() * t.element_size()
                       for t in _tensors(file.inputs()))
        return file.inputs() if size <= SAMPLED_BYTES else []
    except Exception:
        return []


def _tensors(tree):
    found = []
    for value in tree:
        if isinstance(value, torch.Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += _tensors(value)
    return found


def _fits(law, value):
    if law.kind == "permutation":
        return value.dim() == 1 and not value.dtype.is_floating_point
    if value.dtype.is_floating_point:
        return True
    whole = all(float(v).is_integer() for v in
                (law.values if law.kind == "choice" else (law.a, law.b)))
    return whole and law.kind not in ("uniform", "normal")


def _triangular(tensor):
    if tensor.dim() != 2 or min(tensor.shape) < 4:
        return False
    return bool((tensor.tril(-1) == 0).all() or (tensor.triu(1) == 0).all())


def _parameter_names(forward):
    names = []
    for name, parameter in list(inspect.signature(forward).parameters.items())[1:]:
        if parameter.kind not in (parameter.POSITIONAL_ONLY,
                                  parameter.POSITIONAL_OR_KEYWORD):
            break
        good = name.isascii() and not keyword.iskeyword(name) and \
            name not in RESERVED and not name.startswith(("ke_", "_"))
        names.append(name[:48] if good else f"in{len(names)}")
    return names


def _source(part, names):
    kind, value = part
    if kind == "tensor":
        return names[value]
    if kind == "literal":
        if isinstance(value, float) and value in (float("inf"), float("-inf")):
            return f'float("{value}")'
        return repr(value)
    inner = ", ".join(_source(each, names) for each in value)
    if kind == "tuple":
        return f"({inner}{',' if len(value) == 1 else ''})"
    return f"[{inner}]"


def _filled(part, tensors):
    kind, value = part
    if kind == "tensor":
        return tensors[value]
    if kind == "literal":
        return value
    inner = [_filled(each, tensors) for each in value]
    return tuple(inner) if kind == "tuple" else inner


def check_size(count, what, limit):
    if count > limit:
        raise Refused("too_large", f"{what} take {bytes_text(count)}; the limit "
                      f"is {bytes_text(limit)}")
