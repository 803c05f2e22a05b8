"""OwnWork: which work of a call is the candidate's own, and calls without it."""

import contextlib

from ke_record import extensions

from .candidate import MODULE
from .light_mode import LightMode

MOST_NAMES = 12
# They move or make data, and compute nothing.
IDLE = ("empty", "zeros", "ones", "full", "fill_", "zero_", "copy_", "clone",
        "detach", "_to_copy", "alias", "_local_scalar_dense", "new_")


def label_of(func):
    """aten.mm, as torch has it."""
    return ".".join(func.name().replace("::", ".").split(".")[:2])


def is_computation(func):
    return not func.is_view and not label_of(func).split(".")[1].startswith(IDLE)


class OwnWork:
    """One per process. Triton's launches are counted where Triton makes them;
    torch's operations during one call are listed."""

    def __init__(self, device):
        self._device = device
        self._skipping = False
        self.launches = 0
        self.operations = []
        self.extension = False

    def watch(self):
        """Before a candidate is imported; raises where Triton cannot work."""
        extensions.replace(self._noting)
        if self._device.type != "cuda":
            return
        from triton.runtime import driver
        make = driver.active.launcher_cls

        def launcher(source, metadata):
            made = make(source, metadata)
            return _Launcher(self, made) if _is_own(source) else made

        driver.active.launcher_cls = launcher

    @contextlib.contextmanager
    def listening(self):
        with _Listener(self.operations):
            yield

    def leave_out(self):
        """From here on, launches of the candidate's kernels do nothing: before it
        is imported, so that nothing they made is kept, no graph of them either."""
        self._skipping = True

    def put_back(self):
        """They are launched again."""
        self._skipping = False

    def launch(self, launcher, arguments):
        self.launches += 1
        if not self._skipping:
            launcher(*arguments)

    def _noting(self, make):
        def call(*args, **kwargs):
            self.extension = True
            return make(*args, **kwargs)
        return call


def _is_own(source):
    """Kernels that a library brings, or that torch.compile writes, are not."""
    function = getattr(source, "fn", None)
    return getattr(function, "module", MODULE) == MODULE


class _Launcher:
    """Stands before Triton's own."""

    def __init__(self, own, launcher):
        self._own = own
        self._launcher = launcher

    def __call__(self, *arguments):
        self._own.launch(self._launcher, arguments)


class _Listener(LightMode):
    def __init__(self, names):
        super().__init__()
        self._names = names

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        label = label_of(func)
        if is_computation(func) and label not in self._names and \
                len(self._names) < MOST_NAMES:
            self._names.append(label)
        return func(*args, **(kwargs or {}))
