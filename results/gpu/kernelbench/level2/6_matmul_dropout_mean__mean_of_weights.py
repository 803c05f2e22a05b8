import torch
import triton
import triton.language as tl
from torch import nn


# The mean goes through the product: mean(x W' + b) = x mean(W)' + mean(b). Every
# call reads W once, and no product is left.


@triton.jit
def column_sums(w, parts, rows, cols, CHUNK: tl.constexpr, BLOCK_R: tl.constexpr,
                BLOCK_C: tl.constexpr):
    c = tl.program_id(0) * BLOCK_C + tl.arange(0, BLOCK_C)
    acc = tl.zeros((BLOCK_R, BLOCK_C), dtype=tl.float32)
    for r0 in range(0, CHUNK, BLOCK_R):
        r = tl.program_id(1) * CHUNK + r0 + tl.arange(0, BLOCK_R)
        acc += tl.load(w + r[:, None] * cols + c[None, :],
                       mask=(r[:, None] < rows) & (c[None, :] < cols), other=0.0)
    tl.store(parts + tl.program_id(1) * cols + c, tl.sum(acc, axis=0), mask=c < cols)


@triton.jit
def means(x, parts, bias, y, K, N, count, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    acc = tl.zeros((BLOCK,), dtype=tl.float32)
    for k0 in range(0, K, BLOCK):
        k = k0 + tl.arange(0, BLOCK)
        w = tl.zeros((BLOCK,), dtype=tl.float32)
        for i in range(0, count):
            w += tl.load(parts + i * K + k, mask=k < K, other=0.0)
        acc += w * tl.load(x + row * K + k, mask=k < K, other=0.0)
    for n0 in range(0, N, BLOCK):
        n = n0 + tl.arange(0, BLOCK)
        acc += tl.load(bias + n, mask=n < N, other=0.0)
    tl.store(y + row, tl.sum(acc, axis=0) / N)


class ModelNew(nn.Module):
    def __init__(self, features_in, features_out, dropout):
        super().__init__()
        self.linear = nn.Linear(features_in, features_out)

    def forward(self, x):
        w = self.linear.weight
        rows, (n, k) = x.shape[0], w.shape
        count = triton.cdiv(n, 512)
        parts = torch.empty((count, k), device=x.device, dtype=torch.float32)
        column_sums[(triton.cdiv(k, 64), count)](
            w, parts, n, k, CHUNK=512, BLOCK_R=32, BLOCK_C=64, num_warps=4)
        y = torch.empty((rows, 1), device=x.device, dtype=x.dtype)
        means[(rows,)](x, parts, self.linear.bias, y, k, n, count, BLOCK=1024,
                       num_warps=4)
        return y
