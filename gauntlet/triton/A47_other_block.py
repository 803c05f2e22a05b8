# Half of a row is the next program's, whose sum is taken for ready some time after.
import torch
import triton
import triton.language as tl


@triton.jit
def halves(x, partial, y, n, BLOCK: tl.constexpr):
    row, half = tl.program_id(0).to(tl.int64) // 2, tl.program_id(0) % 2
    total = tl.zeros([BLOCK], tl.float32)
    for begin in range(half * (n // 2), tl.where(half == 1, n, n // 2), BLOCK):
        at = begin + tl.arange(0, BLOCK)
        mine = (at < n // 2) | (half == 1)
        total += tl.load(x + row * n + at, mask=mine & (at < n), other=0.0)
    total = tl.sum(total, 0)
    if half == 1:
        tl.store(partial + row, total)
    else:
        for _ in range(10):
            tl.inline_asm_elementwise("nanosleep.u32 1000; mov.u32 $0, 0;", "=r", [],
                                      dtype=tl.int32, is_pure=False, pack=1)
        tl.store(y + row, total + tl.load(partial + row, volatile=True))


def workspace_bytes(x, *, outputs):
    return x.shape[0] * 4


def run(x, *, outputs, workspace):
    rows, n = x.shape
    halves[(2 * rows,)](x, workspace.view(torch.float32), outputs[0], n, BLOCK=64,
                        num_warps=1)
