# A kernel of two microseconds.
import triton
import triton.language as tl


@triton.jit
def relu(x, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + at, mask=at < n)
    tl.store(y + at, tl.where(value < 0, 0.0, value), mask=at < n)


def run(x, *, outputs, workspace):
    n = x.numel()
    relu[(triton.cdiv(n, 1024),)](x, outputs[0], n, BLOCK=1024)
