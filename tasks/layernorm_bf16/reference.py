import torch


def reference(x, weight, bias, *, eps):
    return torch.nn.functional.layer_norm(x, weight.shape, weight, bias, eps)
