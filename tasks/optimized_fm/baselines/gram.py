import torch


# The other association: n is small, so x x^T is too.
def reference(x, y):
    return torch.bmm(torch.bmm(x, x.transpose(1, 2)), y)
