import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def kernel(x, y, L, OL, K: tl.constexpr, S: tl.constexpr, P: tl.constexpr,
           BLOCK: tl.constexpr):
    row = tl.program_id(1).to(tl.int64)
    o = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for k in tl.static_range(K):
        at = o * S + k - P
        total += tl.load(x + row * L + at, mask=(at >= 0) & (at < L), other=0.0)
    tl.store(y + row * OL + o, total / K, mask=o < OL)


class ModelNew(nn.Module):
    def __init__(self, kernel, stride, padding):
        super().__init__()
        self.kernel, self.stride, self.padding = kernel, stride, padding

    def forward(self, x):
        b, c, length = x.shape
        out = (length + 2 * self.padding - self.kernel) // self.stride + 1
        y = torch.empty((b, c, out), device=x.device, dtype=x.dtype)
        kernel[(triton.cdiv(out, 1024), b * c)](
            x, y, length, out, K=self.kernel, S=self.stride, P=self.padding,
            BLOCK=1024, num_warps=4)
        return y
