# ke:recipe pffn_fused
# ke:summary y = rmsnorm(rmsnorm(gelu(x w1 + b1)) w2), weights per sample, in one kernel: the inner norm is a factor per row and waits until the end
# ke:input x float [..., N, D]
# ke:input w1 float [..., D, K]
# ke:input b1 float [..., K]
# ke:input w2 float [..., K, D]
# ke:attribute eps
# ke:output y float [..., N, D]
# ke:calls erf sqrt
# ke:option SPLIT in {0, 1}
# ke:tune BLOCK_N = 64 in {16, 32, 64, 128}
# ke:tune BLOCK_K = 32 in {16, 32, 64, 128} when REAL_BYTES == 2 or BLOCK_N <= 64 and BLOCK_K <= 32 and (SPLIT == 1 or TF32 == 1 or BLOCK_N * BLOCK_K <= 512)
# ke:tune num_warps = 8 in {4, 8} when BLOCK_N <= num_warps * 16
# ke:tune num_stages = 2 in {1, 2, 3} when SPLIT == 0 or REAL_BYTES == 4 and TF32 == 0
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def gelu(v):
    return 0.5 * v * (1.0 + tl.erf(v * 0.7071067811865476))


@triton.jit
def fused(x, w1, b1, w2, y, N, d_units, k_units, eps, ALIGN_D: tl.constexpr,
          ALIGN_K: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_D: tl.constexpr,
          BLOCK_K: tl.constexpr, DOT: tl.constexpr):
    # A product with a constant tells the compiler what divides a row's length.
    D = d_units * ALIGN_D
    K = k_units * ALIGN_K
    blocks = tl.cdiv(N, BLOCK_N)
    batch = (tl.program_id(0) // blocks).to(tl.int64)
    n = tl.program_id(0) % blocks * BLOCK_N + tl.arange(0, BLOCK_N)
    d = tl.arange(0, BLOCK_D)
    at = (batch * N + n[:, None]) * D + d[None, :]
    inside = (n[:, None] < N) & (d[None, :] < D)
    rows = tl.load(x + at, mask=inside, other=0.0)
    w1 += batch * D * K
    w2 += batch * K * D
    squares = tl.zeros((BLOCK_N,), dtype=tl.float32)
    acc = tl.zeros((BLOCK_N, BLOCK_D), dtype=tl.float32)
    for k0 in range(0, K, BLOCK_K):
        k = k0 + tl.arange(0, BLOCK_K)
        first = tl.load(w1 + d[:, None] * K + k[None, :],
                        mask=(d[:, None] < D) & (k[None, :] < K), other=0.0)
        second = tl.load(w2 + k[:, None] * D + d[None, :],
                         mask=(k[:, None] < K) & (d[None, :] < D), other=0.0)
        shift = tl.load(b1 + batch * K + k, mask=k < K, other=0.0)
        hidden = tl.dot(rows, first, input_precision=DOT)
        # Columns past the end are gelu(0 + 0) = 0.
        hidden = gelu(hidden + shift.to(tl.float32)[None, :])
        squares += tl.sum(hidden * hidden, axis=1)
        acc = tl.dot(hidden.to(second.dtype), second, acc, input_precision=DOT)
    acc *= tl.rsqrt(squares / K + eps)[:, None]
    acc *= tl.rsqrt(tl.sum(acc * acc, axis=1) / D + eps)[:, None]
    tl.store(y + at, acc.to(y.dtype.element_ty), mask=inside)


@triton.jit
def product(a, b, shift, c, M, N, K, C_TYPE: tl.constexpr, GELU: tl.constexpr,
            A_TYPE: tl.constexpr, BLOCK: tl.constexpr, DOT: tl.constexpr):
    """c = a b, or gelu(a b + shift), per sample."""
    a = a.to(tl.pointer_type(A_TYPE))
    c = c.to(tl.pointer_type(C_TYPE))
    blocks = tl.cdiv(N, BLOCK)
    batch = (tl.program_id(0) // blocks).to(tl.int64)
    m = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    n = tl.program_id(0) % blocks * BLOCK + tl.arange(0, BLOCK)
    acc = tl.zeros((BLOCK, BLOCK), dtype=tl.float32)
    for k0 in range(0, K, 32):
        k = k0 + tl.arange(0, 32)
        left = tl.load(a + (batch * M + m[:, None]) * K + k[None, :],
                       mask=(m[:, None] < M) & (k[None, :] < K), other=0.0)
        right = tl.load(b + (batch * K + k[:, None]) * N + n[None, :],
                        mask=(k[:, None] < K) & (n[None, :] < N), other=0.0)
        acc = tl.dot(left, right, acc, input_precision=DOT)
    if GELU:
        acc = gelu(acc + tl.load(shift + batch * N + n, mask=n < N,
                                 other=0.0).to(tl.float32)[None, :])
    tl.store(c + (batch * M + m[:, None]) * N + n[None, :], acc.to(C_TYPE),
             mask=(m[:, None] < M) & (n[None, :] < N))


@triton.jit
def norms(hidden, outer, y, D, K, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    h = hidden.to(tl.pointer_type(y.dtype.element_ty)) + row * K
    o = outer.to(tl.pointer_type(tl.float32)) + row * D
    squares = tl.zeros((BLOCK,), dtype=tl.float32)
    for k0 in range(0, K, BLOCK):
        k = k0 + tl.arange(0, BLOCK)
        v = tl.load(h + k, mask=k < K, other=0.0).to(tl.float32)
        squares += v * v
    inner = tl.rsqrt(tl.sum(squares, axis=0) / K + eps)
    squares = tl.zeros((BLOCK,), dtype=tl.float32)
    for d0 in range(0, D, BLOCK):
        d = d0 + tl.arange(0, BLOCK)
        v = tl.load(o + d, mask=d < D, other=0.0) * inner
        squares += v * v
    scale = inner * tl.rsqrt(tl.sum(squares, axis=0) / D + eps)
    for d0 in range(0, D, BLOCK):
        d = d0 + tl.arange(0, BLOCK)
        v = tl.load(o + d, mask=d < D, other=0.0) * scale
        tl.store(y + row * D + d, v.to(y.dtype.element_ty), mask=d < D)


def sizes(inputs):
    x, w1 = inputs[IN_x], inputs[IN_w1]
    N, D, K = x.shape[-2], x.shape[-1], w1.shape[-1]
    return x.numel() // (N * D), N, D, K


def is_wide(D):
    """Whether a row of D does not fit beside the weights."""
    return triton.next_power_of_2(D) * REAL_BYTES > 1024


def hidden_bytes(B, N, K):
    return triton.cdiv(B * N * K * REAL_BYTES, 16) * 16


def workspace_bytes(*inputs, outputs, **attributes):
    B, N, D, K = sizes(inputs)
    return hidden_bytes(B, N, K) + B * N * D * 4 if is_wide(D) else 0


def run_wide(inputs, y, workspace, eps, dot):
    B, N, D, K = sizes(inputs)
    outer = workspace[hidden_bytes(B, N, K):]
    real = {"torch.float32": tl.float32, "torch.float16": tl.float16,
            "torch.bfloat16": tl.bfloat16}[str(y.dtype)]
    rows = triton.cdiv(N, 64)
    product[(B * triton.cdiv(K, 64), rows)](
        inputs[IN_x], inputs[IN_w1], inputs[IN_b1], workspace, N, K, D,
        C_TYPE=real, GELU=True, A_TYPE=real, BLOCK=64, DOT=dot, num_warps=4,
        num_stages=2)
    product[(B * triton.cdiv(D, 64), rows)](
        workspace, inputs[IN_w2], inputs[IN_b1], outer, N, D, K,
        C_TYPE=tl.float32, GELU=False, A_TYPE=real, BLOCK=64, DOT=dot,
        num_warps=4, num_stages=2)
    norms[(B * N,)](workspace, outer, y, D, K, eps, BLOCK=1024, num_warps=4)


def run(*inputs, outputs, workspace, **attributes):
    y, eps = outputs[OUT_y], attributes[ATTR_eps]
    dot = "tf32x3" if SPLIT else PRECISION
    B, N, D, K = sizes(inputs)
    if is_wide(D):
        run_wide(inputs, y, workspace, eps, dot)
        return
    block_d, block_n = max(16, triton.next_power_of_2(D)), BLOCK_N
    block_k, stages = BLOCK_K, num_stages
    while (block_n + 2 * block_k * stages) * block_d * REAL_BYTES > 163840:
        if stages > 1:
            stages -= 1
        elif block_k > 16:
            block_k //= 2
        else:
            block_n //= 2
    align_d, align_k = min(16, D & -D), min(16, K & -K)
    fused[(B * triton.cdiv(N, block_n),)](
        inputs[IN_x], inputs[IN_w1], inputs[IN_b1], inputs[IN_w2], y, N,
        D // align_d, K // align_k, eps, ALIGN_D=align_d, ALIGN_K=align_k,
        BLOCK_N=block_n, BLOCK_D=block_d, BLOCK_K=block_k, DOT=dot,
        num_warps=num_warps, num_stages=stages)
