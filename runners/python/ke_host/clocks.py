"""What Python's clocks make of short waits: a candidate may have replaced them."""

import select
import time

WAIT_S = 0.003
# A replaced clock may see one wait whole by accident: one of processor time counts
# the pause of a virtual machine, too. A true one sees each whole.
WAITS = 3
NS = 1e-9


def share_seen():
    """The least share of a wait that any of them saw; 1 and more where none has
    been tampered with. They are looked up each time."""
    return min(_share_of_wait() for _ in range(WAITS))


def _share_of_wait():
    clocks = ((time.perf_counter, 1), (time.monotonic, 1),
              (time.perf_counter_ns, NS), (time.monotonic_ns, NS))
    before = [clock() * unit for clock, unit in clocks]
    select.select((), (), (), WAIT_S)
    after = [clock() * unit for clock, unit in clocks]
    return min(b - a for a, b in zip(before, after)) / WAIT_S
