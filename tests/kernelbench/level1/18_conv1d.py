"""One-dimensional convolution with a stride."""

import torch
from torch import nn

BATCH = 16


class Model(nn.Module):
    def __init__(self, c_in, c_out, kernel, stride, dilation):
        super().__init__()
        self.conv = nn.Conv1d(c_in, c_out, kernel, stride=stride, dilation=dilation)

    def forward(self, x):
        return self.conv(x)


def get_inputs():
    return [torch.rand(BATCH, 64, 8192)]


def get_init_inputs():
    return [64, 128, 3, 3, 4]
