# Copies its input to the output and works there, in place.
import triton
import triton.language as tl


@triton.jit
def relu(y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(y + at, mask=at < n)
    # A NaN is not below zero.
    tl.store(y + at, tl.where(value < 0, 0.0, value), mask=at < n)


def run(x, *, outputs, workspace):
    y, n = outputs[0], x.numel()
    y.copy_(x)
    relu[(triton.cdiv(n, 1024),)](y, n, BLOCK=1024)
