"""Patience: how long a candidate may still take to be recorded."""

import time


class Patience:
    """Time in which its kernels are compiled is counted apart: a busy machine, and a
    kernel that is compiled for each shape, take minutes. The candidate's own process
    says when, so both are limited."""

    SLICE_S = 0.25

    def __init__(self, run_s, compile_s, is_compiling):
        self._left = {False: run_s, True: compile_s}
        self._is_compiling = is_compiling
        self._then = time.monotonic()

    def next_wait(self):
        """Seconds until it is to be asked again; 0 once it is at an end."""
        now = time.monotonic()
        compiling = self._is_compiling()
        self._left[compiling] -= now - self._then
        self._then = now
        return max(0, min(self._left[compiling], self.SLICE_S))
