"""BoundCall: a candidate at one binding, warm and, where that works, captured in
a CUDA graph."""

import time

import torch

from ke_torch.failure import one_line


class BoundCall:
    """The first call that is asked for is the host code itself: it is what will be
    used, and may do other things than what was captured of it. Later ones are the
    graph's replay, or the host code where it cannot be captured or is asked for."""

    def __init__(self, candidate, binding, device, own):
        self._device = device
        self._call = candidate.call_over(binding)
        self._graph = None
        self._asked = False
        self.why = ""
        self.unjoined = False  # it leaves work on streams that nobody waits for
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device)
            self._start = torch.cuda.Event(enable_timing=True)
            self._end = torch.cuda.Event(enable_timing=True)
        with own.listening():
            self.plain()
        self.plain()
        if device.type == "cuda":
            self._capture()

    @property
    def how(self):
        return "graph" if self._graph else "calls"

    def plain(self):
        """One call of the host code, to its end."""
        self._on_stream(self._call)

    def timed(self, plain=False):
        """One call, `plain` of the host code itself; what it took, in microseconds,
        by this process's clocks."""
        if self._device.type == "cpu":
            begin = time.perf_counter_ns()
            self.plain()
            return (time.perf_counter_ns() - begin) / 1e3
        with torch.no_grad(), torch.cuda.stream(self._stream):
            self._start.record(self._stream)
            if self._graph and self._asked and not plain:
                self._graph.replay()
            else:
                self._call()
            # Streams that nobody joined, too.
            torch.cuda.synchronize(self._device)
            self._end.record(self._stream)
            self._end.synchronize()
        self._asked = True
        return self._start.elapsed_time(self._end) * 1e3

    def _on_stream(self, work):
        if self._device.type == "cpu":
            with torch.no_grad():
                return work()
        with torch.no_grad(), torch.cuda.stream(self._stream):
            work()
        torch.cuda.synchronize(self._device)

    def _capture(self):
        returned = False
        try:
            self._refuse_waiting()
            graph = torch.cuda.CUDAGraph()
            with torch.no_grad(), torch.cuda.graph(
                    graph, stream=self._stream,
                    capture_error_mode="thread_local"):
                self._call()
                returned = True
            self._on_stream(graph.replay)
            self._graph = graph
        except Exception as error:
            self.why = one_line(error)
            # What stopped half way would have been joined later.
            self.unjoined = returned and "unjoined work" in self.why
            # A context that is lost, unlike a refused capture, fails again.
            torch.cuda.synchronize(self._device)
            self.plain()

    def _refuse_waiting(self):
        """A call that raises where it waits for the device: cheaper to undo than
        a capture that fails half way."""
        torch.cuda.set_sync_debug_mode("error")
        try:
            with torch.no_grad(), torch.cuda.stream(self._stream):
                self._call()
        finally:
            torch.cuda.set_sync_debug_mode("default")
        torch.cuda.synchronize(self._device)
