"""Batch norm of images."""

import torch
from torch import nn

BATCH, FEATURES, SIDE = 32, 64, 128


class Model(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.norm = nn.BatchNorm2d(features)

    def forward(self, x):
        return self.norm(x)


def get_inputs():
    return [torch.rand(BATCH, FEATURES, SIDE, SIDE)]


def get_init_inputs():
    return [FEATURES]
