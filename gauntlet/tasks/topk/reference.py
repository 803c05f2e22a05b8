import torch


def reference(x):
    return torch.topk(x, 8, dim=-1).values
