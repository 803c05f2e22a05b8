"""Two-dimensional convolution."""

import torch
from torch import nn

BATCH, SIDE = 16, 128


class Model(nn.Module):
    def __init__(self, c_in, c_out, kernel):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, kernel, padding=1, bias=False)

    def forward(self, x):
        return self.conv(x)


def get_inputs():
    return [torch.rand(BATCH, 64, SIDE, SIDE)]


def get_init_inputs():
    return [64, 128, 3]
