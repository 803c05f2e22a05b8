# Asks torch for products whose sums have one order. cuBLAS reads that once, at a
# process's first product, so that nothing may have made one before this file.
import os

os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"

import torch
import triton
import triton.language as tl

torch.use_deterministic_algorithms(True)


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
    sums = e.view(-1, n) @ torch.ones(n, 1, device=x.device)
    divide[grid](e, sums, outputs[0], n, BLOCK=block)
