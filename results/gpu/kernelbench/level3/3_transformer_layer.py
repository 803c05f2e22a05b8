import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def product(a, b, c, M, N, K, a_batch, a_m, a_k, b_batch, b_k, b_n, bias, kept, ACT: tl.constexpr, RESIDUAL: tl.constexpr,
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
    if RESIDUAL:
        acc += tl.load(kept + batch * M * N + m[:, None] * N + n[None, :], mask=inside, other=0.0)
    tl.store(c + batch * M * N + m[:, None] * N + n[None, :], acc, mask=inside)


def multiply(a, b, c, bias, kept, ACT, RESIDUAL, block_m=128, block_n=128):
    """a and b are views of [batch, M, K] and [batch, K, N]."""
    batch, M, K = a.shape
    N = b.shape[2]
    small = block_m * block_n <= 64 * 64
    product[(triton.cdiv(M, block_m) * triton.cdiv(N, block_n), batch)](
        a, b, c, M, N, K, *a.stride(), *b.stride(), bias=bias, kept=kept, ACT=ACT, RESIDUAL=RESIDUAL,
        BLOCK_M=block_m, BLOCK_N=block_n, BLOCK_K=32,
        num_warps=4 if small else 8, num_stages=3)


@triton.jit
def attend(q, k, v, out, heads, S, T, D, q_b, q_h, q_s, k_b, k_h, k_s, o_b, o_h, o_s,
           scale, CAUSAL: tl.constexpr, BLOCK_S: tl.constexpr, BLOCK_T: tl.constexpr,
           BLOCK_D: tl.constexpr):
    batch = (tl.program_id(1) // heads).to(tl.int64)
    head = tl.program_id(1) % heads
    first = tl.program_id(0) * BLOCK_S
    s = first + tl.arange(0, BLOCK_S)
    d = tl.arange(0, BLOCK_D)
    q += batch * q_b + head * q_h
    k += batch * k_b + head * k_h
    v += batch * k_b + head * k_h
    query = tl.load(q + s[:, None] * q_s + d[None, :],
                    mask=(s[:, None] < S) & (d[None, :] < D), other=0.0)
    peak = tl.full((BLOCK_S,), float("-inf"), dtype=tl.float32)
    total = tl.zeros((BLOCK_S,), dtype=tl.float32)
    acc = tl.zeros((BLOCK_S, BLOCK_D), dtype=tl.float32)
    end = tl.minimum(first + BLOCK_S, T) if CAUSAL else T
    for t0 in range(0, end, BLOCK_T):
        t = t0 + tl.arange(0, BLOCK_T)
        key = tl.load(k + t[None, :] * k_s + d[:, None],
                      mask=(t[None, :] < T) & (d[:, None] < D), other=0.0)
        value = tl.load(v + t[:, None] * k_s + d[None, :],
                        mask=(t[:, None] < T) & (d[None, :] < D), other=0.0)
        scores = tl.dot(query, key, input_precision="tf32x3") * scale
        seen = t[None, :] < T
        if CAUSAL:
            seen = seen & (t[None, :] <= s[:, None])
        scores = tl.where(seen, scores, float("-inf"))
        # Key 0 is seen by all rows: no maximum is -inf.
        top = tl.maximum(peak, tl.max(scores, axis=1))
        p = tl.exp(scores - top[:, None])
        shrink = tl.exp(peak - top)
        total = total * shrink + tl.sum(p, axis=1)
        acc = tl.dot(p, value, acc * shrink[:, None], input_precision="tf32x3")
        peak = top
    tl.store(out + batch * o_b + head * o_h + s[:, None] * o_s + d[None, :],
             acc / total[:, None], mask=(s[:, None] < S) & (d[None, :] < D))


def attention(q, k, v, out, causal):
    """All are views of [batch, heads, length, depth]; k and v have equal strides."""
    batch, heads, length, depth = q.shape
    attend[(triton.cdiv(length, 64), batch * heads)](
        q, k, v, out, heads, length, k.shape[2], depth, *q.stride()[:3],
        *k.stride()[:3], *out.stride()[:3], 1.0 / depth ** 0.5, CAUSAL=causal,
        BLOCK_S=64, BLOCK_T=64, BLOCK_D=max(16, triton.next_power_of_2(depth)),
        num_warps=4, num_stages=2)


@triton.jit
def layer_norm(x, weight, bias, y, cols, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    c = tl.arange(0, BLOCK)
    v = tl.load(x + row * cols + c, mask=c < cols, other=0.0)
    off = tl.where(c < cols, v - tl.sum(v, axis=0) / cols, 0.0)
    factor = 1.0 / tl.sqrt_rn(tl.sum(off * off, axis=0) / cols + eps)
    w = tl.load(weight + c, mask=c < cols, other=0.0)
    b = tl.load(bias + c, mask=c < cols, other=0.0)
    tl.store(y + row * cols + c, off * factor * w + b, mask=c < cols)


def normalize(x, norm, y):
    cols = x.shape[-1]
    layer_norm[(x.numel() // cols,)](x, norm.weight, norm.bias, y, cols, norm.eps,
                                     BLOCK=triton.next_power_of_2(cols), num_warps=4)


class ModelNew(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        # For the names of its weights only.
        self.layer = nn.TransformerEncoderLayer(width, heads, 4 * width,
                                                batch_first=True)
        self.heads = heads

    def forward(self, x):
        layer, own = self.layer, self.layer.self_attn
        b, l, w = x.shape
        n = b * l
        flat = x.view(1, n, w)

        def new(*shape):
            return torch.empty(shape, device=x.device, dtype=x.dtype)

        qkv = new(n, 3 * w)
        multiply(flat, own.in_proj_weight.t()[None], qkv, own.in_proj_bias, qkv, 0,
                 False)
        parts = qkv.view(b, l, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        h = new(b, l, self.heads, w // self.heads)
        attention(parts[0], parts[1], parts[2], h.transpose(1, 2), False)
        sums = new(1, n, w)
        multiply(h.view(1, n, w), own.out_proj.weight.t()[None], sums,
                 own.out_proj.bias, x, 0, True)
        middle = new(1, n, w)
        normalize(sums, layer.norm1, middle)
        wide = new(1, n, layer.linear1.out_features)
        multiply(middle, layer.linear1.weight.t()[None], wide, layer.linear1.bias, wide,
                 1, False)
        sums2 = new(1, n, w)
        multiply(wide, layer.linear2.weight.t()[None], sums2, layer.linear2.bias, middle,
                 0, True)
        y = new(b, l, w)
        normalize(sums2, layer.norm2, y)
        return y
