import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def statistics(x, parts, size, chunks, BLOCK: tl.constexpr):
    chunk = tl.program_id(0)
    batch = tl.program_id(1)
    at = chunk * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(x + batch.to(tl.int64) * size + at, mask=at < size, other=0.0)
    count = tl.minimum(size - chunk * BLOCK, BLOCK).to(tl.float32)
    mean = tl.sum(v, axis=0) / count
    off = tl.where(at < size, v - mean, 0.0)
    place = parts + (batch * chunks + chunk) * 2
    tl.store(place, mean)
    tl.store(place + 1, tl.sum(off * off, axis=0))


@triton.jit
def normalize(x, parts, weight, bias, y, size, chunks, eps, STEP: tl.constexpr,
              CHUNKS: tl.constexpr, BLOCK: tl.constexpr):
    batch = tl.program_id(1)
    i = tl.arange(0, CHUNKS)
    there = i < chunks
    count = tl.where(there, tl.minimum(size - i * STEP, STEP), 0).to(tl.float32)
    means = tl.load(parts + (batch * chunks + i) * 2, mask=there, other=0.0)
    squares = tl.load(parts + (batch * chunks + i) * 2 + 1, mask=there, other=0.0)
    mean = tl.sum(means * count, axis=0) / size
    off = means - mean
    variance = tl.sum(squares + count * off * off, axis=0) / size
    factor = 1.0 / tl.sqrt_rn(variance + eps)
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < size
    base = batch.to(tl.int64) * size
    v = tl.load(x + base + at, mask=inside)
    w = tl.load(weight + at, mask=inside)
    b = tl.load(bias + at, mask=inside)
    tl.store(y + base + at, (v - mean) * factor * w + b, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.norm = nn.LayerNorm(normalized_shape=shape)

    def forward(self, x):
        y = torch.empty_like(x)
        size = 1
        for extent in self.norm.normalized_shape:
            size *= extent
        batch = x.numel() // size
        chunks = triton.cdiv(size, 8192)
        parts = torch.empty((batch, chunks, 2), device=x.device, dtype=torch.float32)
        statistics[(chunks, batch)](x, parts, size, chunks, BLOCK=8192, num_warps=8)
        normalize[(triton.cdiv(size, 4096), batch)](
            x, parts, self.norm.weight, self.norm.bias, y, size, chunks,
            self.norm.eps, STEP=8192, CHUNKS=triton.next_power_of_2(chunks),
            BLOCK=4096, num_warps=8)
        return y
