# For tests/kernelbench/level2/1_linear_gelu_softmax.py: the product and the rows'
# maxima by torch, the rest by two kernels.
import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def bias_gelu(x, bias, y, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    v = tl.load(x + row * n + at, mask=at < n) + tl.load(bias + at, mask=at < n)
    tl.store(y + row * n + at, 0.5 * v * (1 + tl.erf(v * 0.7071067811865476)),
             mask=at < n)


@triton.jit
def softmax(x, top, y, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    v = tl.load(x + row * n + at, mask=at < n, other=-float("inf"))
    e = tl.exp(v - tl.load(top + row))
    tl.store(y + row * n + at, e / tl.sum(e, 0), mask=at < n)


class ModelNew(nn.Module):
    def __init__(self, features_in, features_out):
        super().__init__()
        self.linear = nn.Linear(features_in, features_out)

    def forward(self, x):
        product = torch.matmul(x, self.linear.weight.t())
        rows, n = product.shape
        block = triton.next_power_of_2(n)
        middle, y = torch.empty_like(product), torch.empty_like(product)
        bias_gelu[(rows,)](product, self.linear.bias, middle, n, BLOCK=block)
        softmax[(rows,)](middle, middle.amax(dim=1), y, n, BLOCK=block)
        return y
