"""A GRU that makes its first state itself."""

import torch
from torch import nn

BATCH, LENGTH, WIDTH = 32, 64, 128


class Model(nn.Module):
    def __init__(self, width, hidden, layers):
        super().__init__()
        self.gru = nn.GRU(width, hidden, layers, batch_first=True)
        self.hidden, self.layers = hidden, layers

    def forward(self, x):
        start = torch.zeros(self.layers, x.size(0), self.hidden, device=x.device)
        y, last = self.gru(x, start)
        return y, last


def get_inputs():
    return [torch.randn(BATCH, LENGTH, WIDTH)]


def get_init_inputs():
    return [WIDTH, 256, 2]
