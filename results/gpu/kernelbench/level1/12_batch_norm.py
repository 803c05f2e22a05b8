import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def kernel(x, mean, var, weight, bias, y, channels, area, eps, BLOCK: tl.constexpr):
    plane = tl.program_id(1)
    c = plane % channels
    factor = tl.load(weight + c) / tl.sqrt_rn(tl.load(var + c) + eps)
    m = tl.load(mean + c)
    b = tl.load(bias + c)
    p = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    base = plane.to(tl.int64) * area
    v = tl.load(x + base + p, mask=p < area)
    tl.store(y + base + p, (v - m) * factor + b, mask=p < area)


class ModelNew(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.norm = nn.BatchNorm2d(features)

    def forward(self, x):
        y = torch.empty_like(x)
        batch, channels = x.shape[:2]
        area = x.numel() // (batch * channels)
        norm = self.norm
        kernel[(triton.cdiv(area, 4096), batch * channels)](
            x, norm.running_mean, norm.running_var, norm.weight, norm.bias, y,
            channels, area, norm.eps, BLOCK=4096, num_warps=8)
        return y
