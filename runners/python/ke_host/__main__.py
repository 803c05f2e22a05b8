"""python -m ke_host --fd N [--device cpu|cuda:N]: serves a socket given as an
open descriptor, which greets first.

With --device cpu, lent memory is a memory file and nothing is captured: the
same protocol on a machine without a GPU.
"""

import argparse
import os

DEVICE_SHARE = 0.5


def arguments():
    parser = argparse.ArgumentParser(prog="ke_host")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--device", default="cuda:0")
    return parser.parse_args()


def main():
    options = arguments()
    # torch asks who it is; in a sandbox the user has no entry.
    os.environ.setdefault("LOGNAME", "candidate")
    from ke_torch.wire import Channel
    channel = Channel(options.fd)
    try:
        import torch
        device = torch.device(options.device)
        if device.type == "cuda":
            device = torch.device("cuda", device.index or 0)
            torch.cuda.set_device(device)
            # The judge works on the same device.
            torch.cuda.set_per_process_memory_fraction(DEVICE_SHARE, device)
            torch.cuda.synchronize(device)
        from .server import Server
        server = Server(channel, device)
    except Exception as error:
        channel.send({"ready": False,
                      "message": f"{type(error).__name__}: {error}"[:500]})
        return
    channel.send({"ready": True, "torch": torch.__version__})
    server.serve()
    # What a candidate left behind is not waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
