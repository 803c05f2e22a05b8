"""One product for each entry of a batch."""

import torch
from torch import nn

BATCH, M, K, N = 64, 128, 256, 512


class Model(nn.Module):
    def forward(self, a, b):
        return torch.bmm(a, b)


def get_inputs():
    return [torch.rand(BATCH, M, K), torch.rand(BATCH, K, N)]


def get_init_inputs():
    return []
