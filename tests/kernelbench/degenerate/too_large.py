"""One tensor that no device holds."""

import torch
from torch import nn


class Model(nn.Module):
    def forward(self, x):
        return torch.relu(x)


def get_inputs():
    return [torch.randn(1 << 20, 1 << 16)]


def get_init_inputs():
    return []
