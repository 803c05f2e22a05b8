"""Mixing of tokens, then of channels."""

import torch
from torch import nn

BATCH, TOKENS, WIDTH = 32, 196, 512


class Model(nn.Module):
    def __init__(self, tokens, width, hidden):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.tokens = nn.Sequential(nn.Linear(tokens, hidden), nn.GELU(),
                                    nn.Linear(hidden, tokens))
        self.channels = nn.Sequential(nn.Linear(width, hidden), nn.GELU(),
                                      nn.Linear(hidden, width))

    def forward(self, x):
        x = x + self.tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channels(self.norm2(x))


def get_inputs():
    return [torch.randn(BATCH, TOKENS, WIDTH)]


def get_init_inputs():
    return [TOKENS, WIDTH, 1024]
