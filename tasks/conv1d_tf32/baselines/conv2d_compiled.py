import torch


@torch.compile(dynamic=False, mode="max-autotune-no-cudagraphs")
def reference(x, weight, bias):
    y = torch.nn.functional.conv2d(x.unsqueeze(2), weight.unsqueeze(2), bias,
                                   padding=(0, 1))
    return y.squeeze(2).contiguous()
