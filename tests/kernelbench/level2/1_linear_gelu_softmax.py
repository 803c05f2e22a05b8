"""Linear layer, GELU, softmax."""

import torch
from torch import nn
from torch.nn import functional as F

BATCH, IN, OUT = 1024, 2048, 2048


class Model(nn.Module):
    def __init__(self, features_in, features_out):
        super().__init__()
        self.linear = nn.Linear(features_in, features_out)

    def forward(self, x):
        return F.softmax(F.gelu(self.linear(x)), dim=1)


def get_inputs():
    return [torch.rand(BATCH, IN)]


def get_init_inputs():
    return [IN, OUT]
