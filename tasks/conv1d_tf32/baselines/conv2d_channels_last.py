import torch


# cuDNN's fastest kernels want channels last, which conv1d never asks for.
def reference(x, weight, bias):
    last = torch.channels_last
    y = torch.nn.functional.conv2d(
        x.unsqueeze(2).to(memory_format=last),
        weight.unsqueeze(2).to(memory_format=last), bias, padding=(0, 1))
    return y.squeeze(2).contiguous()
