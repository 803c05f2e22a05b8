"""Serves one socket on one device, until the peer is gone."""

import os

import torch

from .server import Server
from .wire import Channel


def serve(descriptor, device):
    device = torch.device(device)
    if device.type == "cuda":
        device = torch.device("cuda", device.index or 0)
        torch.cuda.set_device(device)
    sound = Server(Channel(descriptor), device).serve()
    # With the device in an unknown state, destructors may hang.
    if not sound:
        os._exit(1)
