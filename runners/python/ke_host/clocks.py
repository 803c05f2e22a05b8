"""What Python's clocks make of a short wait: a candidate may have replaced them."""

import select
import time

WAIT_S = 0.002
NS = 1e-9


def share_seen():
    """The least share of a wait that any of them saw; 1 and more where none has
    been tampered with. They are looked up each time."""
    clocks = ((time.perf_counter, 1), (time.monotonic, 1),
              (time.perf_counter_ns, NS), (time.monotonic_ns, NS))
    before = [clock() * unit for clock, unit in clocks]
    select.select((), (), (), WAIT_S)
    after = [clock() * unit for clock, unit in clocks]
    return min(b - a for a, b in zip(before, after)) / WAIT_S
