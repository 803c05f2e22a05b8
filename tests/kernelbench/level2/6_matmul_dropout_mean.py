"""Linear layer, dropout, mean."""

import torch
from torch import nn

BATCH, IN, OUT = 1024, 4096, 4096


class Model(nn.Module):
    def __init__(self, features_in, features_out, dropout):
        super().__init__()
        self.linear = nn.Linear(features_in, features_out)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return torch.mean(self.dropout(self.linear(x)), dim=1, keepdim=True)


def get_inputs():
    return [torch.rand(BATCH, IN)]


def get_init_inputs():
    return [IN, OUT, 0.2]
