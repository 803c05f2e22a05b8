"""Volume convolution, Mish, tanh."""

import torch
from torch import nn
from torch.nn import functional as F

BATCH, SIDE = 16, 64


class Model(nn.Module):
    def __init__(self, c_in, c_out, kernel):
        super().__init__()
        self.conv = nn.Conv3d(c_in, c_out, kernel)

    def forward(self, x):
        return torch.tanh(F.mish(self.conv(x)))


def get_inputs():
    return [torch.rand(BATCH, 3, 16, SIDE, SIDE)]


def get_init_inputs():
    return [3, 16, 3]
