"""ReLU of what is never negative."""

import torch
from torch import nn


class Model(nn.Module):
    def forward(self, x):
        return torch.relu(x)


def get_inputs():
    return [torch.rand(64, 32)]


def get_init_inputs():
    return []
