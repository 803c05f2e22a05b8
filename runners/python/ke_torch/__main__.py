"""python -m ke_torch [--device cpu|cuda:N] [--socket 3]: serves a socket given
as an open descriptor. With --fork, a server is forked for each request.

With --device cpu, lent memory is a memory file and times are the host's: the
same protocol on a machine without a GPU.
"""

import argparse


def main():
    parser = argparse.ArgumentParser(prog="ke_torch")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--socket", type=int, default=3)
    parser.add_argument("--fork", action="store_true")
    options = parser.parse_args()
    if options.fork:
        from .fork_server import ForkServer
        ForkServer(options.socket).serve()
    else:
        from .start import serve
        serve(options.socket, options.device)


main()
