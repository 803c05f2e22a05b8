# Right but for the last tile of 16 by 16, which is a column off.
import triton
import triton.language as tl


@triton.jit
def product(a, b, c, m, n, k, TILE: tl.constexpr, DEEP: tl.constexpr):
    row = tl.program_id(0) * TILE + tl.arange(0, TILE)
    column = tl.program_id(1) * TILE + tl.arange(0, TILE)
    last = (tl.program_id(0) == tl.num_programs(0) - 1) & \
        (tl.program_id(1) == tl.num_programs(1) - 1)
    source = tl.where(last & (column + 1 < n), column + 1, column)
    deep = tl.arange(0, DEEP)
    total = tl.zeros([TILE, TILE], tl.float32)
    for p in range(0, k, DEEP):
        left = tl.load(a + row[:, None] * k + (p + deep)[None, :],
                       mask=(row[:, None] < m) & ((p + deep)[None, :] < k),
                       other=0.0)
        right = tl.load(b + (p + deep)[:, None] * n + source[None, :],
                        mask=((p + deep)[:, None] < k) & (source[None, :] < n),
                        other=0.0)
        total = tl.dot(left, right, total, input_precision="ieee")
    tl.store(c + row[:, None] * n + column[None, :], total,
             mask=(row[:, None] < m) & (column[None, :] < n))


def run(a, b, *, outputs, workspace):
    m, k = a.shape
    n = b.shape[1]
    grid = (triton.cdiv(m, 16), triton.cdiv(n, 16))
    product[grid](a, b, outputs[0], m, n, k, TILE=16, DEEP=32)
