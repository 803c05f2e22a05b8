import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def kernel(x, y, rows, cols, BLOCK_R: tl.constexpr, BLOCK_C: tl.constexpr):
    batch = tl.program_id(1)
    c = tl.program_id(0) * BLOCK_C + tl.arange(0, BLOCK_C)
    base = x + batch.to(tl.int64) * rows * cols
    acc = tl.zeros((BLOCK_R, BLOCK_C), dtype=tl.float32) + 0.0
    for r0 in range(0, rows, BLOCK_R):
        r = r0 + tl.arange(0, BLOCK_R)
        v = tl.load(base + r[:, None] * cols + c[None, :],
                    mask=(r[:, None] < rows) & (c[None, :] < cols), other=0.0)
        acc = acc + v
    tl.store(y + batch * cols + c, tl.sum(acc, axis=0), mask=c < cols)


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        shape = list(x.shape)
        before, after = 1, 1
        for size in shape[:self.dim]:
            before *= size
        for size in shape[self.dim + 1:]:
            after *= size
        rows, shape[self.dim] = shape[self.dim], 1
        y = torch.empty(shape, device=x.device, dtype=x.dtype)
        kernel[(triton.cdiv(after, 64), before)](
            x, y, rows, after, BLOCK_R=32, BLOCK_C=64, num_warps=4)
        return y
