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


@triton.jit
def convolve_pool(x, w, bias, y, n, C, O, H, W, PH, PW, K: tl.constexpr,
                  BLOCK_O: tl.constexpr, BLOCK_P: tl.constexpr):
    """Convolution, ReLU, maximum of 2 by 2. Positions run over the whole batch."""
    o = tl.arange(0, BLOCK_O)
    p = tl.program_id(0) * BLOCK_P + tl.arange(0, BLOCK_P)
    inside = p < n
    batch = p // (PH * PW)
    place = p % (PH * PW)
    corner = x + batch * (C * H * W) + (place // PW * W + place % PW) * 2
    a = tl.zeros((BLOCK_O, BLOCK_P), dtype=tl.float32)
    b = tl.zeros((BLOCK_O, BLOCK_P), dtype=tl.float32)
    d = tl.zeros((BLOCK_O, BLOCK_P), dtype=tl.float32)
    e = tl.zeros((BLOCK_O, BLOCK_P), dtype=tl.float32)
    for step in range(0, C * K):
        at = corner + (step // K * H + step % K) * W
        for j in tl.static_range(K):
            weight = tl.load(w + (o * C * K + step) * K + j, mask=o < O,
                             other=0.0)[:, None]
            a += weight * tl.load(at + j, mask=inside, other=0.0)[None, :]
            b += weight * tl.load(at + j + 1, mask=inside, other=0.0)[None, :]
            d += weight * tl.load(at + W + j, mask=inside, other=0.0)[None, :]
            e += weight * tl.load(at + W + j + 1, mask=inside, other=0.0)[None, :]
    top = tl.maximum(tl.maximum(a, b), tl.maximum(d, e))
    top = tl.maximum(top + tl.load(bias + o, mask=o < O, other=0.0)[:, None], 0.0)
    tl.store(y + (batch[None, :] * O + o[:, None]) * (PH * PW) + place[None, :], top,
             mask=(o[:, None] < O) & inside[None, :])


def convolved(x, conv):
    b, c, h, w = x.shape
    o, _, k, _ = conv.weight.shape
    ph, pw = (h - k + 1) // 2, (w - k + 1) // 2
    y = torch.empty((b, o, ph, pw), device=x.device, dtype=x.dtype)
    n = b * ph * pw
    convolve_pool[(triton.cdiv(n, 128),)](
        x, conv.weight, conv.bias, y, n, c, o, h, w, ph, pw, K=k,
        BLOCK_O=triton.next_power_of_2(o), BLOCK_P=128, num_warps=4)
    return y


class ModelNew(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, classes)

    def forward(self, x):
        x = convolved(convolved(x, self.conv1), self.conv2)
        x = x.view(x.shape[0], -1)
        for layer in (self.fc1, self.fc2, self.fc3):
            y = torch.empty((x.shape[0], layer.out_features), device=x.device,
                            dtype=x.dtype)
            multiply(x[None], layer.weight.t()[None], y, layer.bias,
                     int(layer is not self.fc3), block_m=64,
                     block_n=16 if layer.out_features <= 16 else 64)
            x = y
        return x
