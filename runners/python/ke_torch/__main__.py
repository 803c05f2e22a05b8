"""python -m ke_torch [--device cpu|cuda:N] [--socket 3]: serves a socket given
as an open descriptor.

With --device cpu, lent memory is a memory file and times are the host's: the
same protocol on a machine without a GPU.
"""

import argparse
import os

import torch

from .server import Server
from .wire import Channel


def main():
    parser = argparse.ArgumentParser(prog="ke_torch")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--socket", type=int, default=3)
    options = parser.parse_args()
    device = torch.device(options.device)
    if device.type == "cuda":
        device = torch.device("cuda", device.index or 0)
        torch.cuda.set_device(device)
    sound = Server(Channel(options.socket), device).serve()
    # With the device in an unknown state, destructors may hang.
    if not sound:
        os._exit(1)


main()
