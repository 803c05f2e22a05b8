# Whole blocks of 256 only.
import triton
import triton.language as tl


@triton.jit
def add(a, b, y, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y + at, tl.load(a + at) + tl.load(b + at))


def run(a, b, *, outputs, workspace):
    blocks = a.numel() // 256
    if blocks:
        add[(blocks,)](a, b, outputs[0], BLOCK=256)
