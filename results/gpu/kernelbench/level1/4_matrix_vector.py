import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def kernel(a, v, y, K, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    acc = tl.zeros((BLOCK,), dtype=tl.float32)
    for k0 in range(0, K, BLOCK):
        k = k0 + tl.arange(0, BLOCK)
        left = tl.load(a + row * K + k, mask=k < K, other=0.0)
        acc += left * tl.load(v + k, mask=k < K, other=0.0)
    tl.store(y + row, tl.sum(acc, axis=0))


class ModelNew(nn.Module):
    def forward(self, a, v):
        rows, depth = a.shape
        y = torch.empty((rows, 1), device=a.device, dtype=a.dtype)
        kernel[(rows,)](a, v, y, depth, BLOCK=4096, num_warps=8)
        return y
