# What is worth knowing of a shape is worked out once: a grid and its constants.
import functools
import triton
import triton.language as tl

@triton.jit
def add(a, b, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(a + at, mask=at < n) + tl.load(b + at, mask=at < n)
    tl.store(y + at, value, mask=at < n)


@functools.lru_cache(maxsize=None)
def launcher(n):
    block = min(max(triton.next_power_of_2(n // 256 + 1), 128), 2048)
    return functools.partial(add[(triton.cdiv(n, block),)], n=n, BLOCK=block,
                             num_warps=max(block // 256, 1))


def run(a, b, *, outputs, workspace):
    launcher(a.numel())(a, b, outputs[0])
