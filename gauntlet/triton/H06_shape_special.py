# Tiles without masks where they fit, and with masks where they do not.
import triton
import triton.language as tl


@triton.jit
def product(a, b, c, m, n, k, WHOLE: tl.constexpr, TILE: tl.constexpr,
            DEEP: tl.constexpr):
    row = (tl.program_id(0) * TILE + tl.arange(0, TILE))[:, None]
    column = (tl.program_id(1) * TILE + tl.arange(0, TILE))[None, :]
    deep = tl.arange(0, DEEP)
    total = tl.zeros([TILE, TILE], tl.float32)
    for p in range(0, k, DEEP):
        across, down = (p + deep)[None, :], (p + deep)[:, None]
        if WHOLE:
            left = tl.load(a + row * k + across)
            right = tl.load(b + down * n + column)
        else:
            left = tl.load(a + row * k + across, mask=(row < m) & (across < k),
                           other=0.0)
            right = tl.load(b + down * n + column, mask=(down < k) & (column < n),
                            other=0.0)
        total = tl.dot(left, right, total, input_precision="ieee")
    if WHOLE:
        tl.store(c + row * n + column, total)
    else:
        tl.store(c + row * n + column, total, mask=(row < m) & (column < n))


def run(a, b, *, outputs, workspace):
    m, k = a.shape
    n = b.shape[1]
    whole = m % 32 == 0 and n % 32 == 0 and k % 32 == 0
    grid = (triton.cdiv(m, 32), triton.cdiv(n, 32))
    product[grid](a, b, outputs[0], m, n, k, WHOLE=whole, TILE=32, DEEP=32)
