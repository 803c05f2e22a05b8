import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def kernel(x, y, channels, area, eps, C: tl.constexpr, BLOCK: tl.constexpr):
    c = tl.arange(0, C)
    p = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    at = tl.program_id(1).to(tl.int64) * channels * area + c[:, None] * area + p[None, :]
    inside = (c[:, None] < channels) & (p[None, :] < area)
    v = tl.load(x + at, mask=inside, other=0.0)
    root = tl.sqrt_rn(tl.sum(v * v, axis=0) / channels + eps)
    tl.store(y + at, v / root[None, :], mask=inside)


class ModelNew(nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.features = features
        self.eps = eps

    def forward(self, x):
        y = torch.empty_like(x)
        batch, channels = x.shape[:2]
        area = x.numel() // (batch * channels)
        kernel[(triton.cdiv(area, 128), batch)](
            x, y, channels, area, self.eps, C=triton.next_power_of_2(channels),
            BLOCK=128, num_warps=8)
        return y
