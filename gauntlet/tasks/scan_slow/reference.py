import torch


def reference(x):
    y = torch.empty_like(x)
    for i in range(x.shape[0]):
        torch._dynamo.graph_break()  # a loop unrolled 4000 times compiles for ever
        torch.sum(x[:i + 1], 0, out=y[i])
    return y
