# ke:recipe conv1d_direct
# ke:summary 1-D convolution, stride 1, same padding, bias, as an implicit matrix product over shifted loads; the weights are packed by tap first
# ke:input x float [B, C, L]
# ke:input w float [O, C, T]
# ke:input bias float [O]
# ke:output y float [B, O, L]
# ke:option PACK in {1, 0}
# ke:option SPLIT in {0, 1}
# ke:tune BLOCK_O = 64 in {16, 32, 64, 128}
# ke:tune BLOCK_L = 128 in {32, 64, 128, 256} when BLOCK_O * BLOCK_L * REAL_BYTES <= 32768
# ke:tune BLOCK_C = 32 in {16, 32, 64} when REAL_BYTES == 2 or BLOCK_C <= 32 and (SPLIT == 1 or TF32 == 1 or BLOCK_O * BLOCK_L * BLOCK_C <= 65536)
# ke:tune num_warps = 4 in {2, 4, 8} when SPLIT == 0 or REAL_BYTES == 4 and TF32 == 0
# ke:tune num_stages = 2 in {1, 2, 3, 4} when (BLOCK_O + BLOCK_L) * BLOCK_C * REAL_BYTES * 3 * num_stages <= 196608
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def pack(w, packed, count, TAPS: tl.constexpr, BLOCK: tl.constexpr):
    """[O * C, T] becomes [T, O * C]."""
    target = packed.to(tl.pointer_type(w.dtype.element_ty))
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    for t in tl.static_range(TAPS):
        value = tl.load(w + at * TAPS + t, mask=at < count, other=0.0)
        tl.store(target + t * count + at, value, mask=at < count)


@triton.jit
def convolve(x, w, bias, y, c_units, O, l_units, ALIGN_C: tl.constexpr,
             ALIGN_L: tl.constexpr, TAPS: tl.constexpr, PACK: tl.constexpr,
             BLOCK_O: tl.constexpr, BLOCK_L: tl.constexpr,
             BLOCK_C: tl.constexpr, DOT: tl.constexpr):
    # A product with a constant tells the compiler what divides a row's length.
    C = c_units * ALIGN_C
    L = l_units * ALIGN_L
    if PACK:
        weights = w.to(tl.pointer_type(x.dtype.element_ty))
    else:
        weights = w
    blocks = tl.cdiv(L, BLOCK_L)
    batch = (tl.program_id(0) // blocks).to(tl.int64)
    l = tl.program_id(0) % blocks * BLOCK_L + tl.arange(0, BLOCK_L)
    o = tl.program_id(1) * BLOCK_O + tl.arange(0, BLOCK_O)
    x += batch * C * L
    acc = tl.zeros((BLOCK_O, BLOCK_L), dtype=tl.float32)
    for c0 in range(0, C, BLOCK_C):
        c = c0 + tl.arange(0, BLOCK_C)
        for t in tl.static_range(TAPS):
            if PACK:
                at = t * O * C + o[:, None] * C + c[None, :]
            else:
                at = (o[:, None] * C + c[None, :]) * TAPS + t
            left = tl.load(weights + at, mask=(o[:, None] < O) &
                           (c[None, :] < C), other=0.0)
            source = l + (t - (TAPS - 1) // 2)
            right = tl.load(x + c[:, None].to(tl.int64) * L + source[None, :],
                            mask=(c[:, None] < C) & (source[None, :] >= 0) &
                            (source[None, :] < L), other=0.0)
            acc = tl.dot(left, right, acc, input_precision=DOT)
    acc += tl.load(bias + o, mask=o < O, other=0.0).to(tl.float32)[:, None]
    tl.store(y + (batch * O + o[:, None]) * L + l[None, :],
             acc.to(y.dtype.element_ty),
             mask=(o[:, None] < O) & (l[None, :] < L))


def workspace_bytes(*inputs, outputs):
    w = inputs[IN_w]
    return w.numel() * w.element_size() if PACK else 0


def run(*inputs, outputs, workspace):
    x, w, y = inputs[IN_x], inputs[IN_w], outputs[OUT_y]
    B, C, L = x.shape
    O, T = w.shape[0], w.shape[2]
    weights = w
    if PACK:
        weights = workspace
        pack[(triton.cdiv(O * C, 1024),)](w, workspace, O * C, TAPS=T,
                                          BLOCK=1024, num_warps=4)
    align_c, align_l = min(16, C & -C), min(16, L & -L)
    convolve[(B * triton.cdiv(L, BLOCK_L), triton.cdiv(O, BLOCK_O))](
        x, weights, inputs[IN_bias], y, C // align_c, O, L // align_l,
        ALIGN_C=align_c, ALIGN_L=align_l, TAPS=T, PACK=PACK, BLOCK_O=BLOCK_O,
        BLOCK_L=BLOCK_L, BLOCK_C=BLOCK_C, DOT="tf32x3" if SPLIT else PRECISION,
        num_warps=num_warps, num_stages=num_stages)
