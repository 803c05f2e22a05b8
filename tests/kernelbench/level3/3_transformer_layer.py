"""An encoder layer of torch's own."""

import torch
from torch import nn

BATCH, LENGTH, WIDTH = 16, 256, 512


class Model(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(width, heads, 4 * width,
                                                batch_first=True)

    def forward(self, x):
        return self.layer(x)


def get_inputs():
    return [torch.randn(BATCH, LENGTH, WIDTH)]


def get_init_inputs():
    return [WIDTH, 8]
