import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def kernel(x, y, cols, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    before = 0.0
    for c0 in range(0, cols, BLOCK):
        c = c0 + tl.arange(0, BLOCK)
        v = tl.load(x + row * cols + c, mask=c < cols, other=0.0)
        tl.store(y + row * cols + c, before + tl.cumsum(v, axis=0), mask=c < cols)
        before += tl.sum(v, axis=0)


class ModelNew(nn.Module):
    def forward(self, x):
        y = torch.empty_like(x)
        rows, cols = x.shape
        kernel[(rows,)](x, y, cols, BLOCK=2048, num_warps=4)
        return y
