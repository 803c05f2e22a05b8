"""Largest value of every window."""

import torch
from torch import nn

BATCH, SIDE = 32, 256


class Model(nn.Module):
    def __init__(self, kernel, stride, padding):
        super().__init__()
        self.pool = nn.MaxPool2d(kernel, stride=stride, padding=padding)

    def forward(self, x):
        return self.pool(x)


def get_inputs():
    return [torch.randn(BATCH, 64, SIDE, SIDE)]


def get_init_inputs():
    return [4, 2, 1]
