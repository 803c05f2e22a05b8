"""Law: how the values of an input are distributed, in the words of task.toml."""

import dataclasses

import torch


@dataclasses.dataclass(frozen=True)
class Law:
    """`kind` with `a` and `b` as in the task format; `values` of a choice."""
    kind: str
    a: float = 0.0
    b: float = 1.0
    values: tuple = ()

    def text(self):
        if self.kind in ("zeros", "ones", "permutation"):
            return self.kind
        if self.kind == "constant":
            return f"constant({number(self.a)})"
        if self.kind == "choice":
            return f"choice({', '.join(number(v) for v in self.values)})"
        return f"{self.kind}({number(self.a)}, {number(self.b)})"

    def scaled(self, factor, shift):
        """The law of factor * x + shift; None where it has no name."""
        if self.kind == "uniform":
            ends = sorted((self.a * factor + shift, self.b * factor + shift))
            return Law("uniform", *ends) if ends[0] < ends[1] else constant(shift)
        if self.kind == "normal":
            if factor == 0:
                return constant(shift)
            return Law("normal", self.a * factor + shift, self.b * abs(factor))
        if self.kind in ("zeros", "ones", "constant"):
            return constant(self.value() * factor + shift)
        if self.kind == "randint" and self.b - self.a < 64:
            drawn = range(int(self.a), int(self.b) + 1)
            return Law("choice", values=tuple(v * factor + shift for v in drawn))
        if self.kind == "choice":
            return Law("choice", values=tuple(v * factor + shift
                                              for v in self.values))
        return None

    def value(self):
        return {"zeros": 0.0, "ones": 1.0}.get(self.kind, self.a)

    def draw(self, shape, dtype):
        """Fresh values from torch's global generator."""
        return self._draw(tuple(shape)).to(dtype)

    def _draw(self, shape):
        double = torch.float64
        if self.kind == "uniform":
            return self.a + (self.b - self.a) * torch.rand(shape, dtype=double)
        if self.kind == "normal":
            return self.a + self.b * torch.randn(shape, dtype=double)
        if self.kind in ("randint", "sorted"):
            low, high = int(self.a), int(self.b)
            drawn = torch.randint(low, high + 1, shape)
            return drawn.sort()[0] if self.kind == "sorted" else drawn
        if self.kind == "permutation":
            return torch.randperm(shape[0])
        if self.kind == "choice":
            pick = torch.randint(0, len(self.values), shape)
            return torch.tensor(self.values, dtype=double)[pick]
        return torch.full(shape, self.value(), dtype=double)


def number(value):
    if float(value).is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(float(f"{value:.6g}"))


def constant(value):
    if value in (0, 1):
        return Law("zeros" if value == 0 else "ones")
    return Law("constant", float(value))


def estimate(sample):
    """The law that a drawn tensor looks like."""
    if sample.dtype == torch.bool:
        return Law("choice", values=(0, 1))
    values = sample.detach().reshape(-1).to(torch.float64)
    if values.numel() == 0 or not torch.isfinite(values).all():
        return None
    low, high = values.min().item(), values.max().item()
    if low == high:
        return constant(low)
    if not sample.dtype.is_floating_point:
        ordered = sample.dim() == 1 and bool((values.diff() >= 0).all())
        return Law("sorted" if ordered and values.numel() > 8 else "randint",
                   low, high)
    distinct = values[:65536].unique()
    if len(distinct) <= 16 and values.numel() > 64:
        return Law("choice", values=tuple(distinct.tolist()))
    if low >= 0:  # its sign may be what the operation needs
        return Law("uniform", low, high)
    if values.numel() < 2:
        return Law("normal", low, 1.0)
    return Law("normal", values.mean().item(), values.std().item())
