import torch


# Written out: the library's own kernel makes NaN of a whole row with an infinity.
def reference(x, weight, *, eps):
    return x / torch.sqrt(x.square().mean(-1, keepdim=True) + eps) * weight
