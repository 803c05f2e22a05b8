# ke:recipe chained_product
# ke:summary out = x (x' y) in one kernel: a strip of x' y lives in registers only
# ke:input x float [..., N, D]
# ke:input y float [..., N, K]
# ke:output out float [..., N, K]
# ke:option SPLIT in {0, 1}
# ke:tune BLOCK_K = 128 in {32, 64, 128, 256}
# ke:tune BLOCK_D = 64 in {16, 32, 64, 128} when BLOCK_D * BLOCK_K * REAL_BYTES <= 32768 and (REAL_BYTES == 2 or SPLIT == 1 or TF32 == 1 or BLOCK_D * BLOCK_K <= 1024)
# ke:tune num_warps = 4 in {2, 4, 8}
# ke:tune num_stages = 2 in {1, 2, 3} when SPLIT == 0 or REAL_BYTES == 4 and TF32 == 0
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def chain(x, y, out, N, d_units, k_units, ALIGN_D: tl.constexpr,
          ALIGN_K: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_D: tl.constexpr,
          BLOCK_K: tl.constexpr, ONE: tl.constexpr, DOT: tl.constexpr):
    # A product with a constant tells the compiler what divides a row's length.
    D = d_units * ALIGN_D
    K = k_units * ALIGN_K
    blocks = tl.cdiv(K, BLOCK_K)
    batch = (tl.program_id(0) // blocks).to(tl.int64)
    x += batch * N * D
    y += batch * N * K
    out += batch * N * K
    k = tl.program_id(0) % blocks * BLOCK_K + tl.arange(0, BLOCK_K)
    n = tl.arange(0, BLOCK_N)
    mine = tl.program_id(1) * BLOCK_N + n
    acc = tl.zeros((BLOCK_N, BLOCK_K), dtype=tl.float32)
    # Where N fits in one block, y is read once and x once per strip.
    whole = tl.load(y + n[:, None].to(tl.int64) * K + k[None, :],
                    mask=(n[:, None] < N) & (k[None, :] < K), other=0.0)
    for d0 in range(0, D, BLOCK_D):
        d = d0 + tl.arange(0, BLOCK_D)
        own = tl.load(x + mine[:, None].to(tl.int64) * D + d[None, :],
                      mask=(mine[:, None] < N) & (d[None, :] < D), other=0.0)
        if ONE:
            strip = tl.dot(tl.trans(own), whole, input_precision=DOT)
        else:
            strip = tl.zeros((BLOCK_D, BLOCK_K), dtype=tl.float32)
            for n0 in range(0, N, BLOCK_N):
                r = n0 + n
                left = tl.load(x + r[:, None].to(tl.int64) * D + d[None, :],
                               mask=(r[:, None] < N) & (d[None, :] < D),
                               other=0.0)
                right = tl.load(y + r[:, None].to(tl.int64) * K + k[None, :],
                                mask=(r[:, None] < N) & (k[None, :] < K),
                                other=0.0)
                strip = tl.dot(tl.trans(left), right, strip,
                               input_precision=DOT)
        acc = tl.dot(own, strip.to(own.dtype), acc, input_precision=DOT)
    tl.store(out + mine[:, None].to(tl.int64) * K + k[None, :],
             acc.to(out.dtype.element_ty),
             mask=(mine[:, None] < N) & (k[None, :] < K))


def run(*inputs, outputs, workspace):
    x, y, out = inputs[IN_x], inputs[IN_y], outputs[OUT_out]
    N, D, K = x.shape[-2], x.shape[-1], y.shape[-1]
    batches = x.numel() // (N * D)
    block_n = min(64, max(16, triton.next_power_of_2(N)))
    align_d, align_k = min(16, D & -D), min(16, K & -K)
    grid = (batches * triton.cdiv(K, BLOCK_K), triton.cdiv(N, block_n))
    chain[grid](
        x, y, out, N, D // align_d, K // align_k, ALIGN_D=align_d,
        ALIGN_K=align_k, BLOCK_N=block_n, BLOCK_D=BLOCK_D, BLOCK_K=BLOCK_K,
        ONE=N <= block_n, DOT="tf32x3" if SPLIT else PRECISION,
        num_warps=num_warps, num_stages=num_stages)
