"""Three linear layers."""

import torch
from torch import nn

BATCH = 1024


class Model(nn.Module):
    def __init__(self, features_in, hidden, features_out):
        super().__init__()
        layers, width = [], features_in
        for size in hidden:
            layers += [nn.Linear(width, size), nn.ReLU()]
            width = size
        self.network = nn.Sequential(*layers, nn.Linear(width, features_out))

    def forward(self, x):
        return self.network(x)


def get_inputs():
    return [torch.rand(BATCH, 2048)]


def get_init_inputs():
    return [2048, [1024, 1024], 512]
