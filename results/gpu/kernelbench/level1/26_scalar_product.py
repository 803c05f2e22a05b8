import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def kernel(x, y, s, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(x + at, mask=at < n)
    tl.store(y + at, v * s, mask=at < n)


class ModelNew(nn.Module):
    def forward(self, a, s):
        y = torch.empty_like(a)
        n = a.numel()
        kernel[(triton.cdiv(n, 2048),)](a, y, float(s), n, BLOCK=2048, num_warps=8)
        return y
