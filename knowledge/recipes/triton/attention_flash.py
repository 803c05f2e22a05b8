# ke:recipe attention_flash
# ke:summary softmax(q k' / sqrt(d)) v by blocks of queries that walk the keys once, with running maximum and sum
# ke:input q float [..., S, D]
# ke:input k float [..., T, D]
# ke:input v float [..., T, E]
# ke:output out float [..., S, E]
# ke:calls exp max sqrt
# ke:option SPLIT in {0, 1}
# ke:tune BLOCK_S = 64 in {16, 32, 64, 128}
# ke:tune BLOCK_T = 64 in {16, 32, 64, 128} when REAL_BYTES == 2 or BLOCK_S * BLOCK_T <= 4096 and (SPLIT == 1 or TF32 == 1 or BLOCK_S * BLOCK_T <= 1024)
# ke:tune num_warps = 4 in {4, 8} when BLOCK_S * BLOCK_T <= num_warps * 2048
# ke:tune num_stages = 2 in {1, 2, 3} when SPLIT == 0 or REAL_BYTES == 4 and TF32 == 0
import math

import triton
import triton.language as tl

# ke:bindings


@triton.jit
def attend(q, k, v, out, S, T, d_units, e_units, scale, ALIGN_D: tl.constexpr,
           ALIGN_E: tl.constexpr, BLOCK_S: tl.constexpr, BLOCK_T: tl.constexpr,
           BLOCK_D: tl.constexpr, BLOCK_E: tl.constexpr, DOT: tl.constexpr):
    # A product with a constant tells the compiler what divides a row's length.
    D = d_units * ALIGN_D
    E = e_units * ALIGN_E
    blocks = tl.cdiv(S, BLOCK_S)
    batch = (tl.program_id(0) // blocks).to(tl.int64)
    s = tl.program_id(0) % blocks * BLOCK_S + tl.arange(0, BLOCK_S)
    d = tl.arange(0, BLOCK_D)
    e = tl.arange(0, BLOCK_E)
    query = tl.load(q + (batch * S + s[:, None]) * D + d[None, :],
                    mask=(s[:, None] < S) & (d[None, :] < D), other=0.0)
    peak = tl.full((BLOCK_S,), float("-inf"), dtype=tl.float32)
    total = tl.zeros((BLOCK_S,), dtype=tl.float32)
    acc = tl.zeros((BLOCK_S, BLOCK_E), dtype=tl.float32)
    for t0 in range(0, T, BLOCK_T):
        t = t0 + tl.arange(0, BLOCK_T)
        key = tl.load(k + (batch * T + t[None, :]) * D + d[:, None],
                      mask=(t[None, :] < T) & (d[:, None] < D), other=0.0)
        value = tl.load(v + (batch * T + t[:, None]) * E + e[None, :],
                        mask=(t[:, None] < T) & (e[None, :] < E), other=0.0)
        # In units of log 2: exp2 is what the hardware has.
        scores = tl.dot(query, key, input_precision=DOT) * scale
        scores = tl.where(t[None, :] < T, scores, float("-inf"))
        top = tl.maximum(peak, tl.max(scores, axis=1))
        # A row that saw nothing but -inf would subtract it from itself.
        safe = tl.where(top == float("-inf"), 0.0, top)
        p = tl.exp2(scores - safe[:, None])
        shrink = tl.exp2(peak - safe)
        total = total * shrink + tl.sum(p, axis=1)
        acc = tl.dot(p.to(value.dtype), value, acc * shrink[:, None],
                     input_precision=DOT)
        peak = top
    acc = acc / total[:, None]
    tl.store(out + (batch * S + s[:, None]) * E + e[None, :],
             acc.to(out.dtype.element_ty),
             mask=(s[:, None] < S) & (e[None, :] < E))


def fit_blocks(width, size):
    """Blocks that leave room for wide heads in shared memory."""
    block_s, block_t, stages = BLOCK_S, BLOCK_T, num_stages
    while (block_s + block_t * stages) * width * size > 196608:
        if stages > 1:
            stages -= 1
        elif block_s > 16 and block_s >= block_t:
            block_s //= 2
        elif block_t > 16:
            block_t //= 2
        else:
            break
    return block_s, block_t, stages


def run(*inputs, outputs, workspace):
    q, k, v, out = inputs[IN_q], inputs[IN_k], inputs[IN_v], outputs[OUT_out]
    S, D = q.shape[-2], q.shape[-1]
    T, E = v.shape[-2], v.shape[-1]
    block_d = max(16, triton.next_power_of_2(D))
    block_e = max(16, triton.next_power_of_2(E))
    block_s, block_t, stages = fit_blocks(block_d + block_e, q.element_size())
    align_d, align_e = min(16, D & -D), min(16, E & -E)
    attend[(q.numel() // (S * D) * triton.cdiv(S, block_s),)](
        q, k, v, out, S, T, D // align_d, E // align_e,
        1.4426950408889634 / math.sqrt(D), ALIGN_D=align_d, ALIGN_E=align_e,
        BLOCK_S=block_s, BLOCK_T=block_t, BLOCK_D=block_d, BLOCK_E=block_e,
        DOT="tf32x3" if SPLIT else PRECISION, num_warps=num_warps,
        num_stages=stages)
