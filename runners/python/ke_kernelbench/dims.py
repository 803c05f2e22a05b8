"""Which sizes of a model may vary, found by running it on tensors that have
shapes and no memory."""

import dataclasses
import itertools

# Not seconds: which sizes of a task may vary is not to depend on what else the
# machine was doing.
MOST_OPERATIONS = 100_000  # for all probing of one file; some 15 s
SLOW_OPERATIONS = 800  # of one run; some 0.1 s
MOST_PAIRED = 12
LOWS = (1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 16, 32, 64)


@dataclasses.dataclass
class Dim:
    name: str
    axes: list  # (number of the tensor, axis)
    size: int   # in the file
    low: int = 1


class DimSearch:
    """`run(shapes)`: output shapes for input shapes, or None if that fails.
    `work()`: how many operations all runs took so far."""

    def __init__(self, shapes, run, work):
        self._shapes = [tuple(shape) for shape in shapes]
        self._run = run
        self._work = work
        self._known = {}
        before = work()
        self.base = run(self._shapes)
        # A slow model is tried at other sizes of the first axis only.
        self._slow = work() - before > SLOW_OPERATIONS
        self._most = before + MOST_OPERATIONS

    def find(self):
        """(dims, expressions of every output axis)."""
        dims = []
        for axes, size in self._groups():
            dim = Dim(f"n{len(dims)}", axes, size)
            if self._settle(dim) and self._together([*dims, dim]):
                dims.append(dim)
        return dims, self.expressions(dims)

    def at(self, sizes):
        """Input shapes with [(dim, size)] in place."""
        shapes = [list(shape) for shape in self._shapes]
        for dim, size in sizes:
            for tensor, axis in dim.axes:
                shapes[tensor][axis] = size
        return [tuple(shape) for shape in shapes]

    def _outputs(self, *sizes):
        shapes = self.at(sizes)
        if tuple(shapes) in self._known:
            return self._known[tuple(shapes)]
        if self._work() > self._most:
            return None
        self._known[tuple(shapes)] = found = self._checked(self._run(shapes))
        return found

    def _checked(self, found):
        if found is None or len(found) != len(self.base) or any(
                len(a) != len(b) for a, b in zip(found, self.base)):
            return None
        return found

    def _groups(self):
        """Sets of axes that change together, smallest first."""
        by_size = {}
        if self._slow:
            size = self._shapes[0][0] if self._shapes[0] else 1
            axes = [(i, 0) for i, shape in enumerate(self._shapes)
                    if shape and shape[0] == size]
            if size > 1 and self._free(Dim("", axes, size)):
                yield axes, size
            return
        for tensor, shape in enumerate(self._shapes):
            for axis, size in enumerate(shape):
                if size > 1:
                    by_size.setdefault(size, []).append((tensor, axis))
        for size, axes in by_size.items():
            yield from self._split(size, axes)

    def _split(self, size, axes):
        left = list(axes)
        for count in (1, 2, len(axes)):
            if count == 2 and len(left) > MOST_PAIRED:
                continue
            if count > 2 and count != len(left):
                continue
            for group in itertools.combinations(tuple(left), count):
                if all(axis in left for axis in group) and \
                        self._free(Dim("", list(group), size)):
                    yield list(group), size
                    left = [axis for axis in left if axis not in group]

    def _free(self, dim):
        return all(self._outputs((dim, size)) is not None
                   for size in _tries(dim.size))

    def _settle(self, dim):
        """Finds the smallest size; False if an output is no simple function."""
        for low in LOWS:
            found = self._outputs((dim, low)) if low <= dim.size else None
            if found is None or not all(all(shape) for shape in found):
                continue
            dim.low = low
            return all(expression(samples, "d") is not None
                       for samples in self._samples(dim))
        return False

    def _samples(self, dim):
        """For each output axis, (size, extent) pairs."""
        near = 1 if self._slow else 5
        sizes = sorted({dim.low, dim.low + 1, *_tries(dim.size), dim.size,
                        *range(max(dim.low, dim.size - near),
                               dim.size + near + 1)})
        rows = [(size, self._outputs((dim, size))) for size in sizes]
        rows = [(size, found) for size, found in rows if found is not None]
        return [[(size, found[o][axis]) for size, found in rows]
                for o, shape in enumerate(self.base)
                for axis in range(len(shape))]

    def _together(self, dims):
        """Changing all of them changes nothing but what each changes alone."""
        sizes = [(dim, max(dim.low, dim.size - 1 - i))
                 for i, dim in enumerate(dims)]
        found = self._outputs(*sizes)
        values = {dim.name: size for dim, size in sizes}
        return found is not None and [
            [evaluate(entry, values) for entry in shape]
            for shape in self.expressions(dims)] == [list(s) for s in found]

    def expressions(self, dims):
        """Text or number for each axis of each output."""
        told = [[[] for _ in shape] for shape in self.base]
        for dim in dims:
            samples = iter(self._samples(dim))
            for shape in told:
                for parts in shape:
                    found = expression(next(samples), dim.name)
                    if not isinstance(found, int):
                        parts.append((dim, found))
        return [[_joined(parts, extent) for parts, extent in zip(shape, extents)]
                for shape, extents in zip(told, self.base)]


def _joined(parts, extent):
    """An axis that several dims change has to be their product."""
    if len(parts) <= 1:
        return parts[0][1] if parts else extent
    scale = extent
    for dim, _ in parts:
        if scale % dim.size:
            return "0"  # matches nothing
        scale //= dim.size
    names = [dim.name for dim, _ in parts]
    return " * ".join(names if scale == 1 else [str(scale), *names])


def _tries(size):
    return [n for n in (size + 1, size - 1, size // 2, 2 * size + 1) if n > 1]


def evaluate(entry, values):
    if isinstance(entry, int):
        return entry
    return eval(entry.replace("/", "//"), {"__builtins__": {}}, dict(values))


def expression(samples, name):
    """The function of `name` through all samples: a number where it is constant,
    text, or None."""
    extents = {extent for _, extent in samples}
    if len(extents) == 1:
        return extents.pop()
    if all(size == extent for size, extent in samples):
        return name
    (s0, e0), (s1, e1) = samples[0], samples[-1]
    slope = (e1 - e0) / (s1 - s0)
    if slope <= 0:
        return None
    if slope.is_integer():
        step, shift = int(slope), e0 - int(slope) * s0
        if all(extent == step * size + shift for size, extent in samples):
            scaled = name if step == 1 else f"{step} * {name}"
            return _shifted(scaled, shift)
    return _strided(samples, name, round(1 / slope))


def _strided(samples, name, guess):
    for step in (guess, guess - 1, guess + 1):
        if step < 2:
            continue
        low = max(step * extent - size for size, extent in samples)
        high = min(step * (extent + 1) - size - 1 for size, extent in samples)
        if low <= high and samples[0][0] + low >= 0:
            return f"({_shifted(name, low)}) / {step}"
    return None


def _shifted(text, shift):
    if shift == 0:
        return text
    return f"{text} {'+' if shift > 0 else '-'} {abs(shift)}"
