"""A layer that forward passes by."""

import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.used = nn.Linear(32, 32)
        self.unused = nn.Linear(32, 32)

    def forward(self, x):
        return self.used(x)


def get_inputs():
    return [torch.rand(64, 32)]


def get_init_inputs():
    return []
