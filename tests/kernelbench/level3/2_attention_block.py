"""Causal self-attention with a mask in a buffer."""

import torch
from torch import nn

BATCH, LENGTH, WIDTH = 16, 512, 512


class Model(nn.Module):
    def __init__(self, width, heads, most):
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.heads = heads
        self.register_buffer("mask", torch.tril(torch.ones(most, most)))

    def forward(self, x):
        b, l, w = x.size()
        q, k, v = [part.view(b, l, self.heads, w // self.heads).transpose(1, 2)
                   for part in self.qkv(x).split(w, dim=2)]
        scores = q @ k.transpose(-2, -1) / (w // self.heads) ** 0.5
        scores = scores.masked_fill(self.mask[:l, :l] == 0, float("-inf"))
        y = torch.softmax(scores, dim=-1) @ v
        return self.out(y.transpose(1, 2).contiguous().view(b, l, w))


def get_inputs():
    return [torch.randn(BATCH, LENGTH, WIDTH)]


def get_init_inputs():
    return [WIDTH, 8, LENGTH]
