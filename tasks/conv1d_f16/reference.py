import torch


def reference(x, weight, bias):
    return torch.nn.functional.conv1d(x, weight, bias, padding=1)
