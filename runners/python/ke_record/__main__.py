"""python -m ke_record --fd N [--arch 90,100]: serves requests on a socket.

The first frame is the greeting; then one answer for each request. The server
ends when the other side closes.
"""

import argparse
import os
import time


def arguments():
    parser = argparse.ArgumentParser(prog="ke_record")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--arch", default="90")
    return parser.parse_args()


def main():
    options = arguments()
    # Where there is a device, nobody here shall touch it.
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    # torch asks who it is; in a sandbox the user has no entry.
    os.environ.setdefault("LOGNAME", "candidate")
    from . import frames
    start = time.monotonic()
    try:
        import torch
        import triton
        from . import warm
        from .server import serve
        warm.up([int(arch.rstrip("af"))
                 for arch in options.arch.split(",")])
    except Exception as error:
        frames.write(options.fd, {"ready": False, "message":
                                  f"{type(error).__name__}: {error}"[:500]})
        return
    frames.write(options.fd, {
        "ready": True, "torch": torch.__version__, "triton": triton.__version__,
        "milliseconds": round((time.monotonic() - start) * 1000)})
    serve(options.fd)


if __name__ == "__main__":
    main()
