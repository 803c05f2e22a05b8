import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def product(a, b, c, M, N, K, a_batch, a_m, a_k, b_batch, b_k, b_n, bias, ACT: tl.constexpr,
            BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr):
    batch = tl.program_id(1).to(tl.int64)
    tiles_m = tl.cdiv(M, BLOCK_M)
    tiles_n = tl.cdiv(N, BLOCK_N)
    tile = tl.program_id(0)
    first = tile // (8 * tiles_n) * 8
    height = tl.minimum(tiles_m - first, 8)
    within = tile % (8 * tiles_n)
    m = (first + within % height) * BLOCK_M + tl.arange(0, BLOCK_M)
    n = within // height * BLOCK_N + tl.arange(0, BLOCK_N)
    k = tl.arange(0, BLOCK_K)
    inside = (m[:, None] < M) & (n[None, :] < N)
    pa = a + batch * a_batch + m[:, None] * a_m + k[None, :] * a_k
    pb = b + batch * b_batch + k[:, None] * b_k + n[None, :] * b_n
    acc = tl.zeros((BLOCK_M, BLOCK_N), dtype=tl.float32)
    depth = K
    for k0 in range(0, depth, BLOCK_K):
        left = tl.load(pa, mask=(m[:, None] < M) & (k0 + k[None, :] < K), other=0.0)
        right = tl.load(pb, mask=(k0 + k[:, None] < K) & (n[None, :] < N), other=0.0)
        acc = tl.dot(left, right, acc, input_precision="tf32x3")
        pa += BLOCK_K * a_k
        pb += BLOCK_K * b_k
    acc += tl.load(bias + n, mask=n < N, other=0.0)[None, :]
    if ACT == 1:
        acc = tl.maximum(acc, 0.0)
    tl.store(c + batch * M * N + m[:, None] * N + n[None, :], acc, mask=inside)


def multiply(a, b, c, bias, ACT, block_m=128, block_n=128):
    """a and b are views of [batch, M, K] and [batch, K, N]."""
    batch, M, K = a.shape
    N = b.shape[2]
    small = block_m * block_n <= 64 * 64
    product[(triton.cdiv(M, block_m) * triton.cdiv(N, block_n), batch)](
        a, b, c, M, N, K, *a.stride(), *b.stride(), bias=bias, ACT=ACT,
        BLOCK_M=block_m, BLOCK_N=block_n, BLOCK_K=32,
        num_warps=4 if small else 8, num_stages=3)


class ModelNew(nn.Module):
    def __init__(self, features_in, hidden, features_out):
        super().__init__()
        layers, width = [], features_in
        for size in hidden:
            layers += [nn.Linear(width, size), nn.ReLU()]
            width = size
        self.network = nn.Sequential(*layers, nn.Linear(width, features_out))

    def forward(self, x):
        layers = [layer for layer in self.network if isinstance(layer, nn.Linear)]
        for layer in layers:
            y = torch.empty((x.shape[0], layer.out_features), device=x.device,
                            dtype=x.dtype)
            multiply(x[None], layer.weight.t()[None], y, layer.bias,
                     int(layer is not layers[-1]), block_m=64, block_n=64)
            x = y
        return x
