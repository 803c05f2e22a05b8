# ke:recipe gram_product
# ke:summary out = x (x' y) as (x x') y in one kernel: the small product x x' stays in registers, y streams past it
# ke:input x float [..., N, D]
# ke:input y float [..., N, K]
# ke:output out float [..., N, K]
# ke:option SPLIT in {0, 1}
# ke:tune BLOCK_K = 128 in {32, 64, 128, 256}
# ke:tune BLOCK_D = 64 in {16, 32, 64, 128} when REAL_BYTES == 2 or BLOCK_D <= 64 and (SPLIT == 1 or TF32 == 1 or BLOCK_D * BLOCK_K <= 1024)
# ke:tune num_warps = 4 in {2, 4, 8}
# ke:tune num_stages = 3 in {1, 2, 3, 4} when SPLIT == 0 or REAL_BYTES == 4 and TF32 == 0
# ke:tune STRIPS = 4 in {1, 2, 4, 8, 32}
# ke:tune TERMS = 1 in {1, 2} when TERMS == 1 or REAL_BYTES == 2
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def gram_block(x, rows, others, N, D, BLOCK_N: tl.constexpr,
               BLOCK_D: tl.constexpr, DOT: tl.constexpr):
    acc = tl.zeros((BLOCK_N, BLOCK_N), dtype=tl.float32)
    for d0 in range(0, D, BLOCK_D):
        d = d0 + tl.arange(0, BLOCK_D)
        left = tl.load(x + rows[:, None].to(tl.int64) * D + d[None, :],
                       mask=(rows[:, None] < N) & (d[None, :] < D), other=0.0)
        right = tl.load(x + others[:, None].to(tl.int64) * D + d[None, :],
                        mask=(others[:, None] < N) & (d[None, :] < D),
                        other=0.0)
        acc = tl.dot(left, tl.trans(right), acc, input_precision=DOT)
    return acc


@triton.jit
def times(acc, gram, tile, TERMS: tl.constexpr, DOT: tl.constexpr):
    """acc + gram tile, the gram matrix as one or two numbers of tile's type."""
    high = gram.to(tile.dtype)
    acc = tl.dot(high, tile, acc, input_precision=DOT)
    if TERMS == 2:
        low = (gram - high.to(tl.float32)).to(tile.dtype)
        acc = tl.dot(low, tile, acc, input_precision=DOT)
    return acc


@triton.jit
def one_block(x, y, out, N, d_units, k_units, ALIGN_D: tl.constexpr,
              ALIGN_K: tl.constexpr, BLOCK_N: tl.constexpr,
              BLOCK_D: tl.constexpr, BLOCK_K: tl.constexpr,
              TERMS: tl.constexpr, DOT: tl.constexpr):
    # A product with a constant tells the compiler what divides a row's length.
    D = d_units * ALIGN_D
    K = k_units * ALIGN_K
    batch = tl.program_id(0).to(tl.int64)
    n = tl.arange(0, BLOCK_N)
    gram = gram_block(x + batch * N * D, n, n, N, D, BLOCK_N, BLOCK_D, DOT)
    at = batch * N * K + n[:, None].to(tl.int64) * K
    for k0 in range(tl.program_id(1) * BLOCK_K, K,
                    tl.num_programs(1) * BLOCK_K):
        k = k0 + tl.arange(0, BLOCK_K)
        inside = (n[:, None] < N) & (k[None, :] < K)
        tile = tl.load(y + at + k[None, :], mask=inside, other=0.0)
        acc = tl.zeros((BLOCK_N, BLOCK_K), dtype=tl.float32)
        acc = times(acc, gram, tile, TERMS, DOT)
        tl.store(out + at + k[None, :], acc.to(out.dtype.element_ty),
                 mask=inside)


@triton.jit
def many_blocks(x, y, out, N, d_units, k_units, ALIGN_D: tl.constexpr,
                ALIGN_K: tl.constexpr, BLOCK_N: tl.constexpr,
                BLOCK_D: tl.constexpr, BLOCK_K: tl.constexpr,
                TERMS: tl.constexpr, DOT: tl.constexpr):
    D = d_units * ALIGN_D
    K = k_units * ALIGN_K
    blocks = tl.cdiv(N, BLOCK_N)
    batch = (tl.program_id(0) // blocks).to(tl.int64)
    n = tl.program_id(0) % blocks * BLOCK_N + tl.arange(0, BLOCK_N)
    k = tl.program_id(1) * BLOCK_K + tl.arange(0, BLOCK_K)
    acc = tl.zeros((BLOCK_N, BLOCK_K), dtype=tl.float32)
    for n0 in range(0, N, BLOCK_N):
        r = n0 + tl.arange(0, BLOCK_N)
        gram = gram_block(x + batch * N * D, n, r, N, D, BLOCK_N, BLOCK_D, DOT)
        tile = tl.load(
            y + batch * N * K + r[:, None].to(tl.int64) * K + k[None, :],
            mask=(r[:, None] < N) & (k[None, :] < K), other=0.0)
        acc = times(acc, gram, tile, TERMS, DOT)
    tl.store(out + batch * N * K + n[:, None].to(tl.int64) * K + k[None, :],
             acc.to(out.dtype.element_ty),
             mask=(n[:, None] < N) & (k[None, :] < K))


def run(*inputs, outputs, workspace):
    x, y, out = inputs[IN_x], inputs[IN_y], outputs[OUT_out]
    N, D, K = x.shape[-2], x.shape[-1], y.shape[-1]
    batches = x.numel() // (N * D)
    block_n = min(64, max(16, triton.next_power_of_2(N)))
    block_k = min(BLOCK_K, max(16, triton.next_power_of_2(K)))
    strips = triton.cdiv(K, block_k)
    if N <= block_n:
        kernel, grid = one_block, (batches, triton.cdiv(strips, STRIPS))
    else:
        kernel, grid = many_blocks, (batches * triton.cdiv(N, block_n), strips)
    align_d, align_k = min(16, D & -D), min(16, K & -K)
    kernel[grid](
        x, y, out, N, D // align_d, K // align_k, ALIGN_D=align_d,
        ALIGN_K=align_k, BLOCK_N=block_n, BLOCK_D=BLOCK_D, BLOCK_K=block_k,
        TERMS=TERMS, DOT="tf32x3" if SPLIT else PRECISION,
        num_warps=num_warps, num_stages=num_stages)
