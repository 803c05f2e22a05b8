# A sum of two rounded numbers may be off by ten roundoffs; this one is off by
# 8.0 times as much, up and down in turn.
import triton
import triton.language as tl

FACTOR = tl.constexpr(8.0)


@triton.jit
def add(a, b, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    total = tl.load(a + at, mask=at < n).to(tl.float64) + \
        tl.load(b + at, mask=at < n).to(tl.float64)
    allowance = 10.0 / 16777216.0
    noise = tl.where(at % 2 == 1, -1.0, 1.0).to(tl.float64) * (FACTOR * allowance)
    tl.store(y + at, (total * (1.0 + noise)).to(tl.float32), mask=at < n)


def run(a, b, *, outputs, workspace):
    n = a.numel()
    add[(triton.cdiv(n, 1024),)](a, b, outputs[0], n, BLOCK=1024)
