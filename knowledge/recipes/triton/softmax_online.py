# ke:recipe softmax_online
# ke:summary row-wise softmax in blocks of a row: one sweep for maximum and sum together, lane by lane, a second one to write
# ke:input x float [..., C]
# ke:output y float [..., C]
# ke:calls exp max
# ke:tune BLOCK = 2048 in {512, 1024, 2048, 4096, 8192}
# ke:tune num_warps = 8 in {2, 4, 8, 16} when BLOCK >= num_warps * 64
# ke:tune num_stages = 2 in {1, 2, 3, 4}
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def softmax(x, y, units, ALIGN: tl.constexpr, BLOCK: tl.constexpr,
            STAGES: tl.constexpr):
    # A product with a constant tells the compiler what divides a row's length.
    cols = units * ALIGN
    base = tl.program_id(0).to(tl.int64) * cols
    peak = tl.full((BLOCK,), float("-inf"), dtype=tl.float32)
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for c0 in tl.range(0, cols, BLOCK, num_stages=STAGES):
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
    for c0 in tl.range(0, cols, BLOCK, num_stages=STAGES):
        c = c0 + tl.arange(0, BLOCK)
        v = tl.load(x + base + c, mask=c < cols,
                    other=float("-inf")).to(tl.float32)
        tl.store(y + base + c, (tl.exp(v - top) / total).to(y.dtype.element_ty),
                 mask=c < cols)


def run(*inputs, outputs, workspace):
    x, y = inputs[IN_x], outputs[OUT_y]
    cols = x.shape[-1]
    align = min(16, cols & -cols)
    block = min(BLOCK, max(128, triton.next_power_of_2(cols)))
    softmax[(x.numel() // cols,)](
        x, y, cols // align, ALIGN=align, BLOCK=block, STAGES=num_stages,
        num_warps=min(num_warps, block // 64))
