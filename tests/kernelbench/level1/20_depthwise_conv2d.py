"""A convolution that leaves channels apart."""

import torch
from torch import nn

BATCH, SIDE = 32, 128


class Model(nn.Module):
    def __init__(self, channels, kernel):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, kernel, groups=channels)

    def forward(self, x):
        return self.conv(x)


def get_inputs():
    return [torch.rand(BATCH, 128, SIDE, SIDE)]


def get_init_inputs():
    return [128, 3]
