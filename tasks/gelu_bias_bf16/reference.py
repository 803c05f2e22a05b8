import torch


def reference(x, bias):
    return torch.nn.functional.gelu(x + bias)
