# One pass where the definition takes one for each element.
import triton
import triton.language as tl


@triton.jit
def scan(x, y, n, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    value = tl.load(x + at, mask=at < n, other=0.0)
    tl.store(y + at, tl.cumsum(value, 0), mask=at < n)


def run(x, *, outputs, workspace):
    n = x.numel()
    scan[(1,)](x, outputs[0], n, BLOCK=triton.next_power_of_2(n), num_warps=8)
