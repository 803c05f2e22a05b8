# ke:recipe gelu_bias
# ke:summary bias and exact GELU in one sweep, flat over the elements or by tiles of rows and columns that keep their bias
# ke:input x float [..., C]
# ke:input bias float [C]
# ke:output y float [..., C]
# ke:calls erf
# ke:option FLAT in {1, 0}
# ke:tune BLOCK = 1024 in {256, 512, 1024, 2048, 4096}
# ke:tune ROWS = 4 in {1, 2, 4, 8, 16} when FLAT == 0 and ROWS * BLOCK <= 16384 or FLAT == 1 and ROWS == 1
# ke:tune num_warps = 4 in {1, 2, 4, 8} when BLOCK >= num_warps * 64
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def gelu(v):
    return 0.5 * v * (1.0 + tl.erf(v * 0.7071067811865476))


@triton.jit
def flat(x, bias, y, count, cols, BLOCK: tl.constexpr, WIDE: tl.constexpr):
    pid = tl.program_id(0)
    first = (pid.to(tl.int64) if WIDE else pid) * BLOCK
    at = first + tl.arange(0, BLOCK)
    # A mask whose bound divides by nothing would make every access narrow.
    if first + BLOCK <= count:
        v = tl.load(x + at).to(tl.float32)
        v += tl.load(bias + at % cols).to(tl.float32)
        tl.store(y + at, gelu(v).to(y.dtype.element_ty))
    else:
        inside = at < count
        v = tl.load(x + at, mask=inside, other=0.0).to(tl.float32)
        v += tl.load(bias + at % cols, mask=inside, other=0.0).to(tl.float32)
        tl.store(y + at, gelu(v).to(y.dtype.element_ty), mask=inside)


@triton.jit
def tiled(x, bias, y, rows, units, ALIGN: tl.constexpr, ROWS: tl.constexpr,
          BLOCK: tl.constexpr):
    # A product with a constant tells the compiler what divides a row's length.
    cols = units * ALIGN
    blocks = tl.cdiv(cols, BLOCK)
    pid = tl.program_id(0)
    r = pid // blocks * ROWS + tl.arange(0, ROWS)
    c = pid % blocks * BLOCK + tl.arange(0, BLOCK)
    shift = tl.load(bias + c, mask=c < cols, other=0.0).to(tl.float32)
    at = r[:, None].to(tl.int64) * cols + c[None, :]
    inside = (r[:, None] < rows) & (c[None, :] < cols)
    v = tl.load(x + at, mask=inside, other=0.0).to(tl.float32) + shift[None, :]
    tl.store(y + at, gelu(v).to(y.dtype.element_ty), mask=inside)


def run(*inputs, outputs, workspace):
    x, bias, y = inputs[IN_x], inputs[IN_bias], outputs[OUT_y]
    cols, count = x.shape[-1], x.numel()
    if FLAT:
        flat[(triton.cdiv(count, BLOCK),)](
            x, bias, y, count, cols, BLOCK=BLOCK,
            WIDE=count > 2**31 - 1 - BLOCK, num_warps=num_warps)
        return
    rows, align = count // cols, min(16, cols & -cols)
    grid = triton.cdiv(rows, ROWS) * triton.cdiv(cols, BLOCK)
    tiled[(grid,)](x, bias, y, rows, cols // align, ALIGN=align, ROWS=ROWS,
                   BLOCK=BLOCK, num_warps=num_warps)
