"""Observer: sees which of torch's generators make a tensor, and what scaling
comes after."""

import torch
from torch.overrides import TorchFunctionMode

from .laws import Law, constant

# What moves elements and leaves their values as they are.
KEEPS = {"view", "reshape", "contiguous", "clone", "detach", "transpose", "t",
         "permute", "unsqueeze", "squeeze", "flatten", "expand", "to", "float",
         "double", "half", "bfloat16", "cuda", "cpu", "requires_grad_", "type",
         "long", "int", "__get__", "__getitem__", "chunk", "split"}
WHOLE = {"long", "int"}  # would cut fractions off
SCALES = {"mul": "*", "__mul__": "*", "__rmul__": "*", "mul_": "*", "__imul__": "*",
          "multiply": "*", "add": "+", "__add__": "+", "__radd__": "+", "add_": "+",
          "__iadd__": "+", "sub": "-", "__sub__": "-", "sub_": "-", "__isub__": "-",
          "subtract": "-", "__rsub__": "r-", "rsub": "r-", "div": "/", "div_": "/",
          "__truediv__": "/", "__div__": "/", "true_divide": "/",
          "__itruediv__": "/", "divide": "/", "neg": "neg", "__neg__": "neg"}


class Observer(TorchFunctionMode):
    """Marks tensors with their law as `ke_law`."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        before = getattr(args[0], "ke_law", None) if args else None
        result = func(*args, **kwargs)
        law = _made(name, args, kwargs)
        if law is None and name in SCALES and "alpha" not in kwargs:
            law = _scaled(name, args)
        if law is None and name in KEEPS and before is not None and \
                not (name in WHOLE and before.kind in ("uniform", "normal")):
            law = before
        for tensor in result if isinstance(result, (tuple, list)) else [result]:
            if isinstance(tensor, torch.Tensor):
                tensor.ke_law = law
        return result


def _made(name, args, kwargs):
    if name in ("rand", "rand_like"):
        return Law("uniform", 0.0, 1.0)
    if name in ("randn", "randn_like"):
        return Law("normal", 0.0, 1.0)
    if name in ("zeros", "zeros_like", "new_zeros", "zero_"):
        return constant(0)
    if name in ("ones", "ones_like", "new_ones"):
        return constant(1)
    if name == "randperm":
        return Law("permutation")
    if name in ("full", "full_like", "fill_"):
        value = args[1] if len(args) > 1 else kwargs.get("fill_value")
        return constant(value) if isinstance(value, (int, float)) else None
    if name in ("randint", "randint_like"):
        return _whole_numbers(name, args, kwargs)
    if name in ("uniform_", "normal_"):
        names = ("from", "to") if name == "uniform_" else ("mean", "std")
        given = dict(zip(names, args[1:]), **kwargs)
        return Law(name[:-1], given.get(names[0], 0.0), given.get(names[1], 1.0))
    if name == "normal" and all(isinstance(v, (int, float)) for v in args[:2]):
        given = dict(zip(("mean", "std"), args), **kwargs)
        return Law("normal", given["mean"], given["std"])
    return None


def _whole_numbers(name, args, kwargs):
    numbers = [v for v in args if isinstance(v, int) and not isinstance(v, bool)]
    low = kwargs.get("low", numbers[0] if len(numbers) > 1 else 0)
    high = kwargs.get("high", numbers[-1] if numbers else None)
    return None if high is None else Law("randint", low, high - 1)


def _scaled(name, args):
    how = SCALES[name]
    law = next((a.ke_law for a in args if getattr(a, "ke_law", None)), None)
    if law is None:
        return None
    if how == "neg":
        return law.scaled(-1, 0)
    other = [a for a in args if not isinstance(a, torch.Tensor)]
    if len(args) != 2 or len(other) != 1 or not isinstance(other[0], (int, float)):
        return None
    by = other[0]
    if how == "/":
        return law.scaled(1 / by, 0) if by and args[1] is by else None
    return {"*": lambda: law.scaled(by, 0), "+": lambda: law.scaled(1, by),
            "-": lambda: law.scaled(1, -by),
            "r-": lambda: law.scaled(-1, by)}[how]()


class FactoryWatch(TorchFunctionMode):
    """Whether forward makes tensors without saying where and of which type."""

    NAMES = {"zeros", "ones", "empty", "full", "arange", "eye", "linspace",
             "tensor", "rand", "randn", "randint", "scalar_tensor", "tril_indices"}

    def __init__(self):
        super().__init__()
        self.seen = False

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") in self.NAMES and not (
                "device" in kwargs and "dtype" in kwargs):
            self.seen = True
        return func(*args, **kwargs)
