import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def product(a, b, c, M, N, K, a_batch, a_m, a_k, b_batch, b_k, b_n, bias,
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
    tl.store(c + batch * M * N + m[:, None] * N + n[None, :], acc, mask=inside)


def multiply(a, b, c, bias, block_m=128, block_n=128):
    """a and b are views of [batch, M, K] and [batch, K, N]."""
    batch, M, K = a.shape
    N = b.shape[2]
    small = block_m * block_n <= 64 * 64
    product[(triton.cdiv(M, block_m) * triton.cdiv(N, block_n), batch)](
        a, b, c, M, N, K, *a.stride(), *b.stride(), bias=bias,
        BLOCK_M=block_m, BLOCK_N=block_n, BLOCK_K=32,
        num_warps=4 if small else 8, num_stages=3)


@triton.jit
def tanh(v):
    size = tl.abs(v)
    e = tl.exp(-2.0 * size)
    far = (1.0 - e) / (1.0 + e)
    # 1 - e cancels near 0: a series there.
    q = v * v
    near = size * (1.0 + q * (-0.33333334 + q * (0.13333334 + q * (
        -0.05396825 + q * 0.021869488))))
    value = tl.where(size < 0.25, near, far)
    return tl.where(v < 0.0, -value, value)


@triton.jit
def step(gates, w, bias, y, last, t, B, T, H, FIRST: tl.constexpr, LAST: tl.constexpr,
         BLOCK_B: tl.constexpr, BLOCK_H: tl.constexpr, BLOCK_K: tl.constexpr):
    """One point in time of one layer. The state before is what y holds for t - 1."""
    j = tl.program_id(0) * BLOCK_H + tl.arange(0, BLOCK_H)
    i = tl.program_id(1) * BLOCK_B + tl.arange(0, BLOCK_B)
    inside = (i[:, None] < B) & (j[None, :] < H)
    r = tl.zeros((BLOCK_B, BLOCK_H), dtype=tl.float32)
    z = tl.zeros((BLOCK_B, BLOCK_H), dtype=tl.float32)
    m = tl.zeros((BLOCK_B, BLOCK_H), dtype=tl.float32)
    before = tl.zeros((BLOCK_B, BLOCK_H), dtype=tl.float32)
    if not FIRST:
        state = y + (i[:, None] * T + t - 1) * H
        before = tl.load(state + j[None, :], mask=inside, other=0.0)
        for k0 in range(0, H, BLOCK_K):
            k = k0 + tl.arange(0, BLOCK_K)
            h = tl.load(state + k[None, :], mask=(i[:, None] < B) & (k[None, :] < H),
                        other=0.0)
            at = w + j[None, :] * H + k[:, None]
            there = (j[None, :] < H) & (k[:, None] < H)
            r = tl.dot(h, tl.load(at, mask=there, other=0.0), r,
                       input_precision="tf32x3")
            z = tl.dot(h, tl.load(at + H * H, mask=there, other=0.0), z,
                       input_precision="tf32x3")
            m = tl.dot(h, tl.load(at + 2 * H * H, mask=there, other=0.0), m,
                       input_precision="tf32x3")
    r += tl.load(bias + j, mask=j < H, other=0.0)[None, :]
    z += tl.load(bias + H + j, mask=j < H, other=0.0)[None, :]
    m += tl.load(bias + 2 * H + j, mask=j < H, other=0.0)[None, :]
    given = gates + (i[:, None] * T + t) * (3 * H) + j[None, :]
    r = 1.0 / (1.0 + tl.exp(-(r + tl.load(given, mask=inside, other=0.0))))
    z = 1.0 / (1.0 + tl.exp(-(z + tl.load(given + H, mask=inside, other=0.0))))
    m = tanh(tl.load(given + 2 * H, mask=inside, other=0.0) + r * m)
    after = m + z * (before - m)
    tl.store(y + (i[:, None] * T + t) * H + j[None, :], after, mask=inside)
    if LAST:
        tl.store(last + i[:, None] * H + j[None, :], after, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, width, hidden, layers):
        super().__init__()
        # For the names of its weights only.
        self.gru = nn.GRU(width, hidden, layers, batch_first=True)
        self.hidden, self.layers = hidden, layers

    def forward(self, x):
        b, times, _ = x.shape
        h = self.hidden
        last = torch.empty((self.layers, b, h), device=x.device, dtype=x.dtype)
        for layer in range(self.layers):
            gates = torch.empty((b, times, 3 * h), device=x.device, dtype=x.dtype)
            weight = getattr(self.gru, f"weight_ih_l{layer}")
            multiply(x.view(1, b * times, x.shape[2]), weight.t()[None], gates,
                     getattr(self.gru, f"bias_ih_l{layer}"), block_m=64, block_n=64)
            y = torch.empty((b, times, h), device=x.device, dtype=x.dtype)
            for t in range(times):
                step[(triton.cdiv(h, 16), triton.cdiv(b, 16))](
                    gates, getattr(self.gru, f"weight_hh_l{layer}"),
                    getattr(self.gru, f"bias_hh_l{layer}"), y, last[layer], t, b, times,
                    h, FIRST=t == 0, LAST=t == times - 1, BLOCK_B=16, BLOCK_H=16,
                    BLOCK_K=64, num_warps=2, num_stages=2)
            x = y
        return x, last
