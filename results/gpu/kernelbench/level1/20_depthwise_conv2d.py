import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def kernel(x, weight, bias, y, channels, H, W, OH, OW, K: tl.constexpr,
           BLOCK: tl.constexpr):
    plane = tl.program_id(1)
    c = plane % channels
    base = x + plane.to(tl.int64) * H * W
    p = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    oh = p // OW
    ow = p % OW
    inside = p < OH * OW
    acc = tl.zeros((BLOCK,), dtype=tl.float32) + tl.load(bias + c)
    for i in tl.static_range(K):
        for j in tl.static_range(K):
            w = tl.load(weight + (c * K + i) * K + j)
            acc += w * tl.load(base + (oh + i) * W + ow + j, mask=inside, other=0.0)
    tl.store(y + plane.to(tl.int64) * OH * OW + p, acc, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, channels, kernel):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, kernel, groups=channels)

    def forward(self, x):
        b, c, h, w = x.shape
        k = self.conv.kernel_size[0]
        oh, ow = h - k + 1, w - k + 1
        y = torch.empty((b, c, oh, ow), device=x.device, dtype=x.dtype)
        kernel[(triton.cdiv(oh * ow, 1024), b * c)](
            x, self.conv.weight, self.conv.bias, y, c, h, w, oh, ow, K=k,
            BLOCK=1024, num_warps=4)
        return y
