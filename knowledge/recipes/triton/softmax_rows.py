# ke:recipe softmax_rows
# ke:summary row-wise softmax, a row stays in registers: several short rows per program, online statistics where a row is too long
# ke:input x float [..., C]
# ke:output y float [..., C]
# ke:calls exp max
# ke:option PERSISTENT in {0, 1}
# ke:tune TILE = 2048 in {512, 1024, 2048, 4096, 8192}
# ke:tune PER_THREAD = 8 in {4, 8, 16, 32}
# ke:tune LIMIT = 16384 in {4096, 8192, 16384, 32768}
# ke:tune PROGRAMS = 1056 in {264, 528, 1056, 2112} when PROGRAMS == 1056 or PERSISTENT == 1
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def whole_rows(x, y, rows, units, ALIGN: tl.constexpr, ROWS: tl.constexpr,
               BLOCK: tl.constexpr, PERSISTENT: tl.constexpr):
    # A product with a constant tells the compiler what divides a row's length.
    cols = units * ALIGN
    c = tl.arange(0, BLOCK)
    step = tl.num_programs(0) * ROWS
    first = tl.program_id(0) * ROWS
    last = rows if PERSISTENT else tl.minimum(first + 1, rows)
    for r0 in range(first, last, step):
        r = r0 + tl.arange(0, ROWS)
        at = r[:, None].to(tl.int64) * cols + c[None, :]
        inside = (r[:, None] < rows) & (c[None, :] < cols)
        v = tl.load(x + at, mask=inside, other=float("-inf")).to(tl.float32)
        e = tl.exp(v - tl.max(v, axis=1)[:, None])
        e = e / tl.sum(e, axis=1)[:, None]
        tl.store(y + at, e.to(y.dtype.element_ty), mask=inside)


@triton.jit
def long_rows(x, y, units, ALIGN: tl.constexpr, BLOCK: tl.constexpr):
    cols = units * ALIGN
    base = tl.program_id(0).to(tl.int64) * cols
    peak = tl.full((BLOCK,), float("-inf"), dtype=tl.float32)
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for c0 in range(0, cols, BLOCK):
        c = c0 + tl.arange(0, BLOCK)
        v = tl.load(x + base + c, mask=c < cols,
                    other=float("-inf")).to(tl.float32)
        top = tl.maximum(peak, v)
        # A lane that saw nothing but -inf would subtract it from itself.
        safe = tl.where(top == float("-inf"), 0.0, top)
        total = total * tl.exp(peak - safe) + tl.exp(v - safe)
        peak = top
    top = tl.max(peak, axis=0)
    total = tl.sum(total * tl.exp(peak - top), axis=0)
    for c0 in range(0, cols, BLOCK):
        c = c0 + tl.arange(0, BLOCK)
        v = tl.load(x + base + c, mask=c < cols,
                    other=float("-inf")).to(tl.float32)
        tl.store(y + base + c, (tl.exp(v - top) / total).to(y.dtype.element_ty),
                 mask=c < cols)


def largest_divisor(extent):
    """The largest of 1, 2, 4, 8, 16 that divides it."""
    return min(16, extent & -extent)


def run(*inputs, outputs, workspace):
    x, y = inputs[IN_x], outputs[OUT_y]
    cols = x.shape[-1]
    rows = x.numel() // cols
    align = largest_divisor(cols)
    if cols > LIMIT:
        long_rows[(rows,)](x, y, cols // align, ALIGN=align, BLOCK=4096,
                           num_warps=8)
        return
    block = triton.next_power_of_2(cols)
    count = min(max(1, TILE // block), triton.next_power_of_2(rows))
    warps = min(16, max(1, count * block // (32 * PER_THREAD)))
    blocks = triton.cdiv(rows, count)
    whole_rows[(min(blocks, PROGRAMS) if PERSISTENT else blocks,)](
        x, y, rows, cols // align, ALIGN=align, ROWS=count, BLOCK=block,
        PERSISTENT=PERSISTENT, num_warps=warps)
