"""A matrix times a number that is an input."""

import torch
from torch import nn

M, N = 8192, 8192


class Model(nn.Module):
    def forward(self, a, s):
        return a * s


def get_inputs():
    return [torch.rand(M, N), 3.14]


def get_init_inputs():
    return []
