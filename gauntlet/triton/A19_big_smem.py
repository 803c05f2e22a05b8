# More shared memory than there is: eight tiles of each operand at a time.
import triton
import triton.language as tl


@triton.jit
def add(a, b, y, n, N: tl.constexpr, K: tl.constexpr):
    # Sums as products with one, by way of tiles that stay in shared memory.
    row, deep = tl.arange(0, N), tl.arange(0, K)
    total = tl.zeros([N, N], tl.float32)
    for begin in range(0, n, K):
        at = begin + deep
        left = tl.load(a + row[:, None] + at[None, :],
                       mask=row[:, None] + at[None, :] < n, other=0.0)
        right = tl.load(b + at[:, None] + row[None, :],
                        mask=at[:, None] + row[None, :] < n, other=0.0)
        total = tl.dot(left, right, total, input_precision="tf32")
    place = row[:, None] * N + row[None, :]
    tl.store(y + place, total, mask=place < n)


def run(a, b, *, outputs, workspace):
    add[(1,)](a, b, outputs[0], a.numel(), N=128, K=128, num_stages=8)
