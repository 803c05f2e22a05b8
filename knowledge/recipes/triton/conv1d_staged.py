# ke:recipe conv1d_staged
# ke:summary 1-D convolution, stride 1, same padding, bias: x is copied with channels last and zero borders, so that taps and channels form one long aligned row of a matrix product
# ke:input x float [B, C, L]
# ke:input w float [O, C, T]
# ke:input bias float [O]
# ke:output y float [B, O, L]
# ke:option SPLIT in {0, 1}
# ke:tune BLOCK_O = 128 in {16, 32, 64, 128, 256}
# ke:tune BLOCK_L = 128 in {32, 64, 128, 256} when BLOCK_O * BLOCK_L * REAL_BYTES <= 65536
# ke:tune BLOCK_K = 32 in {16, 32, 64, 128} when REAL_BYTES == 2 or BLOCK_K <= 32 and (SPLIT == 1 or TF32 == 1 or BLOCK_O * BLOCK_L * BLOCK_K <= 131072)
# ke:tune num_warps = 8 in {2, 4, 8} when BLOCK_O * BLOCK_L * (1 + SPLIT) <= num_warps * 4096
# ke:tune num_stages = 3 in {1, 2, 3, 4, 5} when (BLOCK_O + BLOCK_L) * BLOCK_K * REAL_BYTES * num_stages <= 196608
# ke:tune COPY_C = 32 in {16, 32, 64, 128} when SPLIT == 0 or REAL_BYTES == 4 and TF32 == 0
# ke:tune COPY_L = 64 in {32, 64, 128}
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def stage(x, w, staged, packed, copies, C, CP, l_units, LP, O,
          ALIGN_L: tl.constexpr, TAPS: tl.constexpr, BEFORE: tl.constexpr,
          BLOCK_C: tl.constexpr, BLOCK_L: tl.constexpr):
    """x becomes [B, LP, CP] with zeros around, w becomes [O, T, CP]."""
    # A product with a constant tells the compiler what divides a row's length.
    L = l_units * ALIGN_L
    x_copy = staged.to(tl.pointer_type(x.dtype.element_ty))
    w_copy = packed.to(tl.pointer_type(x.dtype.element_ty))
    pid = tl.program_id(0)
    blocks_c = tl.cdiv(CP, BLOCK_C)
    c = pid % blocks_c * BLOCK_C + tl.arange(0, BLOCK_C)
    if pid < copies:
        blocks_l = tl.cdiv(LP - BEFORE, BLOCK_L)
        l = pid // blocks_c % blocks_l * BLOCK_L + tl.arange(0, BLOCK_L)
        batch = (pid // (blocks_c * blocks_l)).to(tl.int64)
        tile = tl.load(x + (batch * C + c[:, None]) * L + l[None, :],
                       mask=(c[:, None] < C) & (l[None, :] < L), other=0.0)
        tl.store(
            x_copy + (batch * LP + BEFORE + l[:, None]) * CP + c[None, :],
            tl.trans(tile),
            mask=(BEFORE + l[:, None] < LP) & (c[None, :] < CP))
        if pid // blocks_c % blocks_l == 0:
            nothing = tl.zeros((BLOCK_C,), dtype=x.dtype.element_ty)
            for row in tl.static_range(BEFORE):
                tl.store(x_copy + (batch * LP + row) * CP + c, nothing,
                         mask=c < CP)
    else:
        o = (pid - copies) // blocks_c * BLOCK_L + tl.arange(0, BLOCK_L)
        for t in tl.static_range(TAPS):
            value = tl.load(w + (o[:, None] * C + c[None, :]) * TAPS + t,
                            mask=(o[:, None] < O) & (c[None, :] < C), other=0.0)
            tl.store(w_copy + (o[:, None] * TAPS + t) * CP + c[None, :], value,
                     mask=(o[:, None] < O) & (c[None, :] < CP))


@triton.jit
def convolve(staged, packed, bias, y, c_units, LP, O, l_units,
             ALIGN_L: tl.constexpr, TAPS: tl.constexpr, EVEN_K: tl.constexpr,
             BLOCK_O: tl.constexpr, BLOCK_L: tl.constexpr,
             BLOCK_K: tl.constexpr, DOT: tl.constexpr):
    # A product with a constant tells the compiler what divides a row's length.
    CP = c_units * 16
    L = l_units * ALIGN_L
    K = CP * TAPS
    x_copy = staged.to(tl.pointer_type(y.dtype.element_ty))
    w_copy = packed.to(tl.pointer_type(y.dtype.element_ty))
    blocks = tl.cdiv(L, BLOCK_L)
    batch = (tl.program_id(0) // blocks).to(tl.int64)
    l = tl.program_id(0) % blocks * BLOCK_L + tl.arange(0, BLOCK_L)
    o = tl.program_id(1) * BLOCK_O + tl.arange(0, BLOCK_O)
    k = tl.arange(0, BLOCK_K)
    pw = w_copy + o[:, None] * K + k[None, :]
    # The row of position l holds its taps one after the other.
    px = x_copy + (batch * LP + l[None, :]) * CP + k[:, None]
    acc = tl.zeros((BLOCK_O, BLOCK_L), dtype=tl.float32)
    for k0 in range(0, K, BLOCK_K):
        if EVEN_K:
            left = tl.load(pw, mask=o[:, None] < O, other=0.0)
            right = tl.load(px, mask=l[None, :] < L, other=0.0)
        else:
            left = tl.load(pw, mask=(o[:, None] < O) & (k0 + k[None, :] < K),
                           other=0.0)
            right = tl.load(px, mask=(k0 + k[:, None] < K) & (l[None, :] < L),
                            other=0.0)
        acc = tl.dot(left, right, acc, input_precision=DOT)
        pw += BLOCK_K
        px += BLOCK_K
    acc += tl.load(bias + o, mask=o < O, other=0.0).to(tl.float32)[:, None]
    tl.store(y + (batch * O + o[:, None]) * L + l[None, :],
             acc.to(y.dtype.element_ty),
             mask=(o[:, None] < O) & (l[None, :] < L))


def padded(inputs):
    """Channels and positions of the copy: rows begin at multiples of 16."""
    x, w = inputs[IN_x], inputs[IN_w]
    return triton.cdiv(x.shape[1], 16) * 16, x.shape[2] + w.shape[2] - 1


def weight_bytes(inputs):
    w = inputs[IN_w]
    channels, _ = padded(inputs)
    return w.shape[0] * w.shape[2] * channels * w.element_size()


def workspace_bytes(*inputs, outputs):
    x = inputs[IN_x]
    channels, positions = padded(inputs)
    return (weight_bytes(inputs) +
            x.shape[0] * channels * positions * x.element_size())


def run(*inputs, outputs, workspace):
    x, w, y = inputs[IN_x], inputs[IN_w], outputs[OUT_y]
    B, C, L = x.shape
    O, T = w.shape[0], w.shape[2]
    channels, positions = padded(inputs)
    staged = workspace[weight_bytes(inputs):]
    blocks_c = triton.cdiv(channels, COPY_C)
    before, align_l = (T - 1) // 2, min(16, L & -L)
    copies = B * blocks_c * triton.cdiv(positions - before, COPY_L)
    stage[(copies + blocks_c * triton.cdiv(O, COPY_L),)](
        x, w, staged, workspace, copies, C, channels, L // align_l, positions,
        O, ALIGN_L=align_l, TAPS=T, BEFORE=before, BLOCK_C=COPY_C,
        BLOCK_L=COPY_L, num_warps=4)
    convolve[(B * triton.cdiv(L, BLOCK_L), triton.cdiv(O, BLOCK_O))](
        staged, workspace, inputs[IN_bias], y, channels // 16, positions, O,
        L // align_l, ALIGN_L=align_l, TAPS=T,
        EVEN_K=channels * T % BLOCK_K == 0, BLOCK_O=BLOCK_O, BLOCK_L=BLOCK_L,
        BLOCK_K=BLOCK_K, DOT="tf32x3" if SPLIT else PRECISION,
        num_warps=num_warps, num_stages=num_stages)
