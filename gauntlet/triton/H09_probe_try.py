# Looks for an optional package and does without.
import triton
import triton.language as tl

try:
    import nvtx_ranges_that_few_have as ranges
except ImportError:
    ranges = None

try:
    from triton.language.extra import libdevice
    exp = libdevice.exp
except (ImportError, AttributeError):
    exp = tl.exp


@triton.jit
def softmax(x, y, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    v = tl.load(x + row * n + at, mask=at < n, other=-float("inf"))
    e = exp(v - tl.max(v, 0))
    tl.store(y + row * n + at, e / tl.sum(e, 0), mask=at < n)


def run(x, *, outputs, workspace):
    rows, n = x.shape
    if ranges:
        ranges.push("softmax")
    softmax[(rows,)](x, outputs[0], n, BLOCK=triton.next_power_of_2(n))
    if ranges:
        ranges.pop()
