"""Layer norm over the last three axes."""

import torch
from torch import nn

BATCH, FEATURES, SIDE = 16, 64, 128


class Model(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.norm = nn.LayerNorm(normalized_shape=shape)

    def forward(self, x):
        return self.norm(x)


def get_inputs():
    return [torch.rand(BATCH, FEATURES, SIDE, SIDE)]


def get_init_inputs():
    return [(FEATURES, SIDE, SIDE)]
