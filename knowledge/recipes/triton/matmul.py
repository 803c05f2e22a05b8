# ke:recipe matmul
# ke:summary c = a b, batched: tiles walked in groups of rows, operands staged, float32 accumulator
# ke:input a float [..., M, K]
# ke:input b float [..., K, N]
# ke:output c float [..., M, N]
# ke:option PERSISTENT in {0, 1}
# ke:option SPLIT in {0, 1}
# ke:tune BLOCK_M = 128 in {16, 32, 64, 128, 256}
# ke:tune BLOCK_N = 128 in {32, 64, 128, 256} when BLOCK_M * BLOCK_N * REAL_BYTES <= 65536
# ke:tune BLOCK_K = 64 in {16, 32, 64, 128} when REAL_BYTES == 2 or BLOCK_K <= 32 and (SPLIT == 1 or TF32 == 1 or BLOCK_M * BLOCK_N * BLOCK_K <= 131072)
# ke:tune num_stages = 3 in {1, 2, 3, 4, 5} when (BLOCK_M + BLOCK_N) * BLOCK_K * REAL_BYTES * num_stages <= 196608
# ke:tune num_warps = 8 in {2, 4, 8} when BLOCK_M * BLOCK_N * (1 + SPLIT) <= num_warps * 4096
# ke:tune GROUP = 8 in {1, 4, 8, 16} when SPLIT == 0 or REAL_BYTES == 4 and TF32 == 0
# ke:tune PROGRAMS = 132 in {132, 264, 528} when PROGRAMS == 132 or PERSISTENT == 1
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def place(tile, tiles_m, tiles_n, GROUP: tl.constexpr):
    """Tiles in the order of groups of rows: neighbours share operands in L2."""
    first = tile // (GROUP * tiles_n) * GROUP
    height = tl.minimum(tiles_m - first, GROUP)
    within = tile % (GROUP * tiles_n)
    return first + within % height, within // height


@triton.jit
def product(a, b, c, M, n_units, k_units, ALIGN_N: tl.constexpr,
            ALIGN_K: tl.constexpr, EVEN_K: tl.constexpr,
            BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
            BLOCK_K: tl.constexpr, GROUP: tl.constexpr,
            PERSISTENT: tl.constexpr, DOT: tl.constexpr):
    # A product with a constant tells the compiler what divides a row's length.
    N = n_units * ALIGN_N
    K = k_units * ALIGN_K
    batch = tl.program_id(1).to(tl.int64)
    a += batch * M * K
    b += batch * K * N
    c += batch * M * N
    tiles_m = tl.cdiv(M, BLOCK_M)
    tiles_n = tl.cdiv(N, BLOCK_N)
    first = tl.program_id(0)
    last = tiles_m * tiles_n if PERSISTENT else first + 1
    k = tl.arange(0, BLOCK_K)
    for tile in range(first, last, tl.num_programs(0)):
        at_m, at_n = place(tile, tiles_m, tiles_n, GROUP)
        m = at_m * BLOCK_M + tl.arange(0, BLOCK_M)
        n = at_n * BLOCK_N + tl.arange(0, BLOCK_N)
        pa = a + m[:, None].to(tl.int64) * K + k[None, :]
        pb = b + k[:, None].to(tl.int64) * N + n[None, :]
        acc = tl.zeros((BLOCK_M, BLOCK_N), dtype=tl.float32)
        for k0 in range(0, K, BLOCK_K):
            if EVEN_K:
                left = tl.load(pa, mask=m[:, None] < M, other=0.0)
                right = tl.load(pb, mask=n[None, :] < N, other=0.0)
            else:
                left = tl.load(pa, mask=(m[:, None] < M) & (k0 + k[None, :] < K),
                               other=0.0)
                right = tl.load(pb, mask=(k0 + k[:, None] < K) &
                                (n[None, :] < N), other=0.0)
            acc = tl.dot(left, right, acc, input_precision=DOT)
            pa += BLOCK_K
            pb += BLOCK_K * N
        tl.store(c + m[:, None].to(tl.int64) * N + n[None, :],
                 acc.to(c.dtype.element_ty),
                 mask=(m[:, None] < M) & (n[None, :] < N))


def run(*inputs, outputs, workspace):
    a, b, c = inputs[IN_a], inputs[IN_b], outputs[OUT_c]
    M, K = a.shape[-2], a.shape[-1]
    N = b.shape[-1]
    align_n, align_k = min(16, N & -N), min(16, K & -K)
    tiles = triton.cdiv(M, BLOCK_M) * triton.cdiv(N, BLOCK_N)
    grid = (min(tiles, PROGRAMS) if PERSISTENT else tiles, a.numel() // (M * K))
    product[grid](
        a, b, c, M, N // align_n, K // align_k, ALIGN_N=align_n,
        ALIGN_K=align_k, EVEN_K=K % BLOCK_K == 0, BLOCK_M=BLOCK_M,
        BLOCK_N=BLOCK_N, BLOCK_K=BLOCK_K, GROUP=GROUP, PERSISTENT=PERSISTENT,
        DOT="tf32x3" if SPLIT else PRECISION, num_warps=num_warps,
        num_stages=num_stages)
