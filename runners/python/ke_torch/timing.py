"""One timed call of a prepared member."""

import time

import torch

from .cuda_memory import fill_words, reset_persisting

# Keeps the device busy while the host enqueues what is timed, so that the
# distance of the events holds no launch latency of ours: about 0.1 ms. A flush
# alone takes a third of that, no longer than a busy host to replay a graph.
_HEAD_START_CYCLES = 200_000


class Timer:
    """Owns a pair of events. Times are from event to event, in microseconds;
    `host_ns` runs from before the first to after the device has finished, so it
    bounds them from above and includes what is left of the flush."""

    def __init__(self, device):
        self._device = device
        self._pattern = 0
        self.sweep = None  # called with the stream, behind every flush
        if device.type == "cuda":
            self._start = torch.cuda.Event(enable_timing=True)
            self._end = torch.cuda.Event(enable_timing=True)

    def time(self, member, flush):
        """`flush`: an int32 tensor larger than the cache, or None: hot."""
        if self._device.type == "cpu":
            return self._time_on_host(member, flush)
        with member.arithmetic(), torch.cuda.stream(member.stream):
            if flush is None:
                member.run()
                member.stream.synchronize()
            reset_persisting()
            torch.cuda._sleep(_HEAD_START_CYCLES)
            if flush is not None:
                self._flush(flush, member.stream)
            return self._between_events(member.stream, member.run)

    def time_nothing(self):
        """The distance of two events with nothing between them."""
        if self._device.type == "cpu":
            begin = time.perf_counter_ns()
            elapsed = time.perf_counter_ns() - begin
            return {"us": elapsed / 1e3, "host_ns": elapsed}
        stream = torch.cuda.current_stream(self._device)
        torch.cuda._sleep(_HEAD_START_CYCLES)
        return self._between_events(stream, lambda: None)

    def _flush(self, flush, stream):
        """By the driver's fill, as for a candidate: torch's own kernel leaves
        other dirty lines, which the timed call has to write back (0.6 %)."""
        self._pattern = (self._pattern + 1) & 0xffffffff
        fill_words(flush, self._pattern, stream)
        if self.sweep:
            self.sweep(stream)

    def _between_events(self, stream, work):
        begin = time.perf_counter_ns()
        self._start.record(stream)
        work()
        self._end.record(stream)
        stream.synchronize()
        host_ns = time.perf_counter_ns() - begin
        return {"us": self._start.elapsed_time(self._end) * 1e3,
                "host_ns": host_ns}

    @staticmethod
    def _time_on_host(member, flush):
        if flush is not None:
            flush.fill_(1)
        begin = time.perf_counter_ns()
        member.run()
        elapsed = time.perf_counter_ns() - begin
        return {"us": elapsed / 1e3, "host_ns": elapsed}
