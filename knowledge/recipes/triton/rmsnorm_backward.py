# ke:recipe rmsnorm_backward
# ke:summary both gradients of rmsnorm in one trip to memory: every program walks rows and keeps a partial gradient of the weight, a second kernel adds the partials in a fixed order
# ke:input grad_y float [..., C]
# ke:input x float [..., C]
# ke:input weight float [C]
# ke:output grad_x float [..., C]
# ke:output grad_weight float [C]
# ke:attribute eps
# ke:calls sqrt
# ke:tune TILE = 2048 in {1024, 2048, 4096}
# ke:tune PER_THREAD = 8 in {4, 8, 16}
# ke:tune LIMIT = 8192 in {1024, 2048, 4096, 8192, 16384}
# ke:tune PROGRAMS = 264 in {132, 264, 396, 528, 1056}
# ke:tune FOLD_COLS = 32 in {16, 32, 64, 128}
# ke:tune FOLD_ROWS = 64 in {16, 32, 64, 128}
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def whole_rows(grad_y, x, weight, grad_x, partials, rows, units, eps,
               ALIGN: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr):
    # A product with a constant tells the compiler what divides a row's length.
    cols = units * ALIGN
    c = tl.arange(0, BLOCK)
    w = tl.load(weight + c, mask=c < cols, other=0.0).to(tl.float32)
    total = tl.zeros((ROWS, BLOCK), dtype=tl.float32)
    for r0 in range(tl.program_id(0) * ROWS, rows, tl.num_programs(0) * ROWS):
        r = r0 + tl.arange(0, ROWS)
        at = r[:, None].to(tl.int64) * cols + c[None, :]
        inside = (r[:, None] < rows) & (c[None, :] < cols)
        g = tl.load(grad_y + at, mask=inside, other=0.0).to(tl.float32)
        v = tl.load(x + at, mask=inside, other=0.0).to(tl.float32)
        scale = tl.rsqrt(tl.sum(v * v, axis=1) / cols + eps)
        gw = g * w[None, :]
        pull = tl.sum(gw * v, axis=1) / cols * scale * scale
        total += g * v * scale[:, None]
        out = (gw - v * pull[:, None]) * scale[:, None]
        tl.store(grad_x + at, out.to(grad_x.dtype.element_ty), mask=inside)
    base = partials.to(tl.pointer_type(tl.float32)) + tl.program_id(0) * cols
    tl.store(base + c, tl.sum(total, axis=0), mask=c < cols)


@triton.jit
def row_sums(grad_y, x, weight, scales, pulls, units, eps, ALIGN: tl.constexpr,
             BLOCK: tl.constexpr):
    cols = units * ALIGN
    row = tl.program_id(0).to(tl.int64)
    squares = tl.zeros((BLOCK,), dtype=tl.float32)
    dots = tl.zeros((BLOCK,), dtype=tl.float32)
    for c0 in range(0, cols, BLOCK):
        c = c0 + tl.arange(0, BLOCK)
        inside = c < cols
        g = tl.load(grad_y + row * cols + c, mask=inside,
                    other=0.0).to(tl.float32)
        v = tl.load(x + row * cols + c, mask=inside, other=0.0).to(tl.float32)
        w = tl.load(weight + c, mask=inside, other=0.0).to(tl.float32)
        squares += v * v
        dots += g * w * v
    scale = tl.rsqrt(tl.sum(squares, axis=0) / cols + eps)
    pull = tl.sum(dots, axis=0) / cols * scale * scale
    tl.store(scales.to(tl.pointer_type(tl.float32)) + row, scale)
    tl.store(pulls.to(tl.pointer_type(tl.float32)) + row, pull)


@triton.jit
def columns(grad_y, x, weight, grad_x, partials, scales, pulls, rows, units,
            ALIGN: tl.constexpr, BLOCK: tl.constexpr):
    cols = units * ALIGN
    c = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = c < cols
    w = tl.load(weight + c, mask=inside, other=0.0).to(tl.float32)
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for r in range(tl.program_id(0), rows, tl.num_programs(0)):
        scale = tl.load(scales.to(tl.pointer_type(tl.float32)) + r)
        pull = tl.load(pulls.to(tl.pointer_type(tl.float32)) + r)
        base = (tl.full((), 0, tl.int64) + r) * cols
        g = tl.load(grad_y + base + c, mask=inside, other=0.0).to(tl.float32)
        v = tl.load(x + base + c, mask=inside, other=0.0).to(tl.float32)
        total += g * v * scale
        out = (g * w - v * pull) * scale
        tl.store(grad_x + base + c, out.to(grad_x.dtype.element_ty),
                 mask=inside)
    base = partials.to(tl.pointer_type(tl.float32))
    tl.store(base + tl.program_id(0).to(tl.int64) * cols + c, total,
             mask=inside)


@triton.jit
def fold(partials, grad_weight, count, cols, FOLD_ROWS: tl.constexpr,
         FOLD_COLS: tl.constexpr):
    c = tl.program_id(0) * FOLD_COLS + tl.arange(0, FOLD_COLS)
    base = partials.to(tl.pointer_type(tl.float32))
    total = tl.zeros((FOLD_ROWS, FOLD_COLS), dtype=tl.float32)
    for r0 in range(0, count, FOLD_ROWS):
        r = r0 + tl.arange(0, FOLD_ROWS)
        total += tl.load(base + r[:, None].to(tl.int64) * cols + c[None, :],
                         mask=(r[:, None] < count) & (c[None, :] < cols),
                         other=0.0)
    out = tl.sum(total, axis=0)
    tl.store(grad_weight + c, out.to(grad_weight.dtype.element_ty),
             mask=c < cols)


def shape_of(x):
    cols = x.shape[-1]
    return x.numel() // cols, cols


def partial_bytes(rows, cols):
    return (min(rows, PROGRAMS) * cols * 4 + 15) // 16 * 16


def workspace_bytes(*inputs, outputs, **attributes):
    rows, cols = shape_of(inputs[IN_x])
    stats = 2 * ((rows * 4 + 15) // 16 * 16) if cols > LIMIT else 0
    return partial_bytes(rows, cols) + stats


def run_long(inputs, outputs, workspace, eps):
    grad_y, x, weight = inputs[IN_grad_y], inputs[IN_x], inputs[IN_weight]
    rows, cols = shape_of(x)
    align, count = min(16, cols & -cols), min(rows, PROGRAMS)
    scales = workspace[partial_bytes(rows, cols):]
    pulls = scales[(rows * 4 + 15) // 16 * 16:]
    row_sums[(rows,)](grad_y, x, weight, scales, pulls, cols // align, eps,
                      ALIGN=align, BLOCK=2048, num_warps=8)
    columns[(count, triton.cdiv(cols, 1024))](
        grad_y, x, weight, outputs[OUT_grad_x], workspace, scales, pulls, rows,
        cols // align, ALIGN=align, BLOCK=1024, num_warps=4)
    return count


def run_short(inputs, outputs, workspace, eps):
    grad_y, x, weight = inputs[IN_grad_y], inputs[IN_x], inputs[IN_weight]
    rows, cols = shape_of(x)
    align, block = min(16, cols & -cols), triton.next_power_of_2(cols)
    height = min(max(1, TILE // block), triton.next_power_of_2(rows))
    warps = min(16, max(1, height * block // (32 * PER_THREAD)))
    count = min(triton.cdiv(rows, height), PROGRAMS)
    whole_rows[(count,)](
        grad_y, x, weight, outputs[OUT_grad_x], workspace, rows, cols // align,
        eps, ALIGN=align, ROWS=height, BLOCK=block, num_warps=warps)
    return count


def run(*inputs, outputs, workspace, **attributes):
    cols = inputs[IN_x].shape[-1]
    launch = run_long if cols > LIMIT else run_short
    count = launch(inputs, outputs, workspace, attributes[ATTR_eps])
    fold[(triton.cdiv(cols, FOLD_COLS),)](
        workspace, outputs[OUT_grad_weight], count, cols, FOLD_ROWS=FOLD_ROWS,
        FOLD_COLS=FOLD_COLS, num_warps=4)
