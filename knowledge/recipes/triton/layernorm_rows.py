# ke:recipe layernorm_rows
# ke:summary row-wise layer norm, a row stays in registers for mean, variance and result: several short rows per program, three sweeps where a row is too long
# ke:input x float [..., C]
# ke:input weight float [C]
# ke:input bias float [C]
# ke:output y float [..., C]
# ke:attribute eps
# ke:calls sqrt
# ke:option PERSISTENT in {0, 1}
# ke:tune TILE = 2048 in {512, 1024, 2048, 4096, 8192}
# ke:tune PER_THREAD = 8 in {4, 8, 16, 32}
# ke:tune LIMIT = 16384 in {4096, 8192, 16384, 32768}
# ke:tune PROGRAMS = 1056 in {264, 528, 1056, 2112} when PROGRAMS == 1056 or PERSISTENT == 1
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def whole_rows(x, weight, bias, y, rows, units, eps, ALIGN: tl.constexpr,
               ROWS: tl.constexpr, BLOCK: tl.constexpr,
               PERSISTENT: tl.constexpr):
    # A product with a constant tells the compiler what divides a row's length.
    cols = units * ALIGN
    c = tl.arange(0, BLOCK)
    gain = tl.load(weight + c, mask=c < cols, other=0.0).to(tl.float32)
    shift = tl.load(bias + c, mask=c < cols, other=0.0).to(tl.float32)
    step = tl.num_programs(0) * ROWS
    first = tl.program_id(0) * ROWS
    last = rows if PERSISTENT else tl.minimum(first + 1, rows)
    for r0 in range(first, last, step):
        r = r0 + tl.arange(0, ROWS)
        at = r[:, None].to(tl.int64) * cols + c[None, :]
        inside = (r[:, None] < rows) & (c[None, :] < cols)
        v = tl.load(x + at, mask=inside, other=0.0).to(tl.float32)
        mean = tl.sum(v, axis=1) / cols
        # Lanes past the end would add mean^2.
        v = tl.where(inside, v - mean[:, None], 0.0)
        scale = tl.rsqrt(tl.sum(v * v, axis=1) / cols + eps)
        v = v * scale[:, None] * gain[None, :] + shift[None, :]
        tl.store(y + at, v.to(y.dtype.element_ty), mask=inside)


@triton.jit
def long_rows(x, weight, bias, y, units, eps, ALIGN: tl.constexpr,
              BLOCK: tl.constexpr):
    cols = units * ALIGN
    base = tl.program_id(0).to(tl.int64) * cols
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for c0 in range(0, cols, BLOCK):
        c = c0 + tl.arange(0, BLOCK)
        total += tl.load(x + base + c, mask=c < cols, other=0.0).to(tl.float32)
    mean = tl.sum(total, axis=0) / cols
    squares = tl.zeros((BLOCK,), dtype=tl.float32)
    for c0 in range(0, cols, BLOCK):
        c = c0 + tl.arange(0, BLOCK)
        v = tl.load(x + base + c, mask=c < cols, other=0.0).to(tl.float32)
        v = tl.where(c < cols, v - mean, 0.0)
        squares += v * v
    scale = tl.rsqrt(tl.sum(squares, axis=0) / cols + eps)
    for c0 in range(0, cols, BLOCK):
        c = c0 + tl.arange(0, BLOCK)
        v = tl.load(x + base + c, mask=c < cols, other=0.0).to(tl.float32)
        gain = tl.load(weight + c, mask=c < cols, other=0.0).to(tl.float32)
        shift = tl.load(bias + c, mask=c < cols, other=0.0).to(tl.float32)
        v = (v - mean) * scale * gain + shift
        tl.store(y + base + c, v.to(y.dtype.element_ty), mask=c < cols)


def run(*inputs, outputs, workspace, **attributes):
    x, y = inputs[IN_x], outputs[OUT_y]
    weight, bias = inputs[IN_weight], inputs[IN_bias]
    eps = attributes[ATTR_eps]
    cols = x.shape[-1]
    rows = x.numel() // cols
    align = min(16, cols & -cols)
    if cols > LIMIT:
        long_rows[(rows,)](x, weight, bias, y, cols // align, eps, ALIGN=align,
                           BLOCK=4096, num_warps=8)
        return
    block = triton.next_power_of_2(cols)
    count = min(max(1, TILE // block), triton.next_power_of_2(rows))
    warps = min(16, max(1, count * block // (32 * PER_THREAD)))
    blocks = triton.cdiv(rows, count)
    whole_rows[(min(blocks, PROGRAMS) if PERSISTENT else blocks,)](
        x, weight, bias, y, rows, cols // align, eps, ALIGN=align, ROWS=count,
        BLOCK=block, PERSISTENT=PERSISTENT, num_warps=warps)
