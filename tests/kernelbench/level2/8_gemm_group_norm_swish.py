"""Linear layer, group norm, Swish, a factor, Swish."""

import torch
from torch import nn

BATCH, IN, OUT = 1024, 2048, 4096


class Model(nn.Module):
    def __init__(self, features_in, features_out, groups):
        super().__init__()
        self.linear = nn.Linear(features_in, features_out)
        self.norm = nn.GroupNorm(groups, features_out)
        self.factor = nn.Parameter(torch.ones(features_out))

    def forward(self, x):
        x = self.norm(self.linear(x))
        x = x * torch.sigmoid(x) * self.factor
        return x * torch.sigmoid(x)


def get_inputs():
    return [torch.randn(BATCH, IN)]


def get_init_inputs():
    return [IN, OUT, 64]
