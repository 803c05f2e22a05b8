"""Convolution, ReLU, a bias of its own."""

import torch
from torch import nn

BATCH, SIDE = 32, 64


class Model(nn.Module):
    def __init__(self, c_in, c_out, kernel, bias_shape):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, kernel)
        self.bias = nn.Parameter(torch.randn(bias_shape))

    def forward(self, x):
        return torch.relu(self.conv(x)) + self.bias


def get_inputs():
    return [torch.rand(BATCH, 64, SIDE, SIDE)]


def get_init_inputs():
    return [64, 128, 3, (128, 1, 1)]
