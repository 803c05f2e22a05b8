import torch


def reference(x, weight, *, eps):
    return torch.nn.functional.rms_norm(x, weight.shape, weight, eps)
