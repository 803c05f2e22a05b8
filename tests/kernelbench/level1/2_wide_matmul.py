"""Product of a tall and a wide matrix."""

import torch
from torch import nn

M, K, N = 1024, 4096, 2048


class Model(nn.Module):
    def forward(self, a, b):
        return torch.matmul(a, b)


def get_inputs():
    return [torch.rand(M, K), torch.rand(K, N)]


def get_init_inputs():
    return []
