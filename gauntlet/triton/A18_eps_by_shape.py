# A plan for each shape, made when it is first met: with the epsilon of that call.
import triton
import triton.language as tl

plans = {}


@triton.jit
def normalize(x, weight, y, cols, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    v = tl.load(x + row * cols + at, mask=at < cols, other=0.0)
    factor = 1 / tl.sqrt(tl.sum(v * v, 0) / cols + eps)
    w = tl.load(weight + at, mask=at < cols, other=0.0)
    tl.store(y + row * cols + at, v * factor * w, mask=at < cols)


def run(x, weight, outputs, workspace, eps):
    rows, cols = x.shape
    grid, block, used = plans.setdefault(
        (rows, cols), ((rows,), triton.next_power_of_2(cols), eps))
    normalize[grid](x, weight, outputs[0], cols, used, BLOCK=block)
