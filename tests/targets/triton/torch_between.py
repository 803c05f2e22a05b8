# Two kernels, and torch between them: honest host code that no plan can hold.
import torch
import triton
import triton.language as tl


@triton.jit
def exponentials(x, e, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    v = tl.load(x + row * n + at, mask=at < n, other=-float("inf"))
    tl.store(e + row * n + at, tl.exp(v - tl.max(v, 0)), mask=at < n)


@triton.jit
def divide(e, sums, y, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    v = tl.load(e + row * n + at, mask=at < n)
    tl.store(y + row * n + at, v / tl.load(sums + row), mask=at < n)


def run(x, outputs, workspace):
    n = x.shape[-1]
    grid, block = (x.numel() // n,), triton.next_power_of_2(n)
    e = torch.empty_like(x)
    exponentials[grid](x, e, n, BLOCK=block)
    divide[grid](e, e.sum(dim=-1), outputs[0], n, BLOCK=block)
