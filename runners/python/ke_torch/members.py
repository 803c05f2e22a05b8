"""The panel's PyTorch members: built, warmed up and captured."""

import sys
import time

import torch

from .failure import CommandError, one_line
from .precision import arithmetic, check_precision

KINDS = ("eager", "compile", "compile_max_autotune", "file")
_WARM_UPS = 3


def _build(task, kind, source):
    if kind not in KINDS:
        raise CommandError(f"no kind of member is called {kind}")
    if kind == "file":
        function = task.load(source)
        _expect_many_shapes()  # the file may compile
        _compile_alone()
        return function
    function = task.load()
    if kind == "eager":
        return function
    _expect_many_shapes()
    if kind == "compile":
        _compile_alone()
        return torch.compile(function, dynamic=False)
    # We capture the graph ourselves, over the lent memory.
    return torch.compile(function, dynamic=False,
                         mode="max-autotune-no-cudagraphs")


def _expect_many_shapes():
    """A function is compiled once for each; past a limit torch would quietly
    run it eagerly."""
    config = torch._dynamo.config
    config.recompile_limit = config.accumulated_recompile_limit = 4096
    config.fail_on_recompile_limit_hit = True


def _compile_alone():
    """Helper processes take seconds to start, a few kernels less to compile."""
    import torch._inductor.config
    torch._inductor.config.compile_threads = 1


def forget_compiled():
    """What torch.compile keeps of a task that is over."""
    if "torch._dynamo" in sys.modules:  # seconds to import for nothing
        torch._dynamo.reset()


class Member:
    """One prepared baseline at one binding. `run` enqueues a call on `stream`
    and leaves its outputs in `results`."""

    def __init__(self, task, binding, device, request):
        self.kind = request["kind"]
        self.precision = check_precision(
            request.get("precision", task.precision))
        self.note = ""
        self.results = None
        self._binding = binding
        self._graph = None
        self.stream = (torch.cuda.Stream(device)
                       if device.type == "cuda" else None)
        started = time.monotonic()
        self._function = _build(task, self.kind, request.get("source"))
        with self.arithmetic():
            self._warm_up(device)
            self.compile_seconds = time.monotonic() - started
            if self.stream and request.get("graph", True):
                self._capture(device)

    @property
    def how(self):
        return "graph" if self._graph else "stream"

    def arithmetic(self):
        return arithmetic(tf32=self.precision == "tf32", search=True)

    def run(self):
        """Under arithmetic() and on self.stream."""
        if self._graph:
            self._graph.replay()
        else:
            self.results = self._binding.call(self._function)

    def release(self):
        self.results = None
        if self._graph:
            self._graph.reset()
            self._graph = None

    def _warm_up(self, device):
        if not self.stream:
            for _ in range(_WARM_UPS):
                self.results = self._binding.call(self._function)
        else:
            # Off the default stream, where a capture cannot happen either.
            self.stream.wait_stream(torch.cuda.current_stream(device))
            with torch.cuda.stream(self.stream):
                for _ in range(_WARM_UPS):
                    self.results = self._binding.call(self._function)
            torch.cuda.synchronize(device)
        self._binding.check_dtypes(self.results)

    def _capture(self, device):
        try:
            self._refuse_synchronisation()
            self.results = None
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=self.stream,
                                  capture_error_mode="thread_local"):
                self.results = self._binding.call(self._function)
            graph.replay()
            torch.cuda.synchronize(device)
            self._graph = graph
        except Exception as error:
            self.note = f"not captured: {one_line(error)}"
            # A sticky error, unlike a refused capture, fails here again.
            torch.cuda.synchronize(device)
            with torch.cuda.stream(self.stream):
                self.results = self._binding.call(self._function)
            torch.cuda.synchronize(device)

    def _refuse_synchronisation(self):
        """One more call, which raises where it waits for the device: cheaper
        to undo than a capture that fails half way."""
        torch.cuda.set_sync_debug_mode("error")
        try:
            with torch.cuda.stream(self.stream):
                self._binding.call(self._function)
        finally:
            torch.cuda.set_sync_debug_mode("default")
