"""Linear layer, batch norm, ReLU."""

import torch
from torch import nn

BATCH, IN, OUT = 2048, 1024, 2048


class Model(nn.Module):
    def __init__(self, features_in, features_out):
        super().__init__()
        self.linear = nn.Linear(features_in, features_out)
        self.norm = nn.BatchNorm1d(features_out)

    def forward(self, x):
        return torch.relu(self.norm(self.linear(x)))


def get_inputs():
    return [torch.rand(BATCH, IN)]


def get_init_inputs():
    return [IN, OUT]
