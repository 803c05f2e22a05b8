import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def kernel(x, y, n, H, W, OH, OW, K: tl.constexpr, S: tl.constexpr, P: tl.constexpr,
           BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    ow = at % OW
    oh = at // OW % OH
    base = x + (at // (OW * OH)).to(tl.int64) * H * W
    best = tl.full((BLOCK,), float("-inf"), dtype=tl.float32)
    for i in tl.static_range(K):
        for j in tl.static_range(K):
            h = oh * S + i - P
            w = ow * S + j - P
            inside = (at < n) & (h >= 0) & (h < H) & (w >= 0) & (w < W)
            best = tl.maximum(best, tl.load(base + h * W + w, mask=inside,
                                            other=float("-inf")))
    tl.store(y + at, best, mask=at < n)


class ModelNew(nn.Module):
    def __init__(self, kernel, stride, padding):
        super().__init__()
        self.kernel, self.stride, self.padding = kernel, stride, padding

    def forward(self, x):
        b, c, h, w = x.shape
        k, s, p = self.kernel, self.stride, self.padding
        oh, ow = (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1
        y = torch.empty((b, c, oh, ow), device=x.device, dtype=x.dtype)
        n = y.numel()
        kernel[(triton.cdiv(n, 1024),)](x, y, n, h, w, oh, ow, K=k, S=s, P=p,
                                        BLOCK=1024, num_warps=4)
        return y
