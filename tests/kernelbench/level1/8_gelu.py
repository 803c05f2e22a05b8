"""Gaussian error linear unit."""

import torch
from torch import nn
from torch.nn import functional as F

BATCH, WIDTH = 4096, 16384


class Model(nn.Module):
    def forward(self, x):
        return F.gelu(x)


def get_inputs():
    return [torch.randn(BATCH, WIDTH)]


def get_init_inputs():
    return []
