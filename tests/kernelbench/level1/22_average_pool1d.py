"""Mean of every window."""

import torch
from torch import nn

BATCH, LENGTH = 64, 16384


class Model(nn.Module):
    def __init__(self, kernel, stride, padding):
        super().__init__()
        self.pool = nn.AvgPool1d(kernel, stride=stride, padding=padding)

    def forward(self, x):
        return self.pool(x)


def get_inputs():
    return [torch.rand(BATCH, 128, LENGTH)]


def get_init_inputs():
    return [8, 1, 4]
