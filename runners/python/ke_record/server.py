"""The server's loop: it reads requests, and never runs a candidate itself."""

import json

from . import failure, frames, processes
from .supervisor import Supervisor

NEEDED = {"source": str, "arch": int, "device": dict, "shapes": list}


def serve(fd):
    processes.adopt_orphans()
    supervisor = Supervisor()
    while True:
        try:
            request = frames.read(fd)
        except (frames.Closed, ConnectionError):
            return
        body = _answer(supervisor, request)
        frames.write_bytes(fd, frames.HEADER.pack(len(body)) + body)
        del request, body


def _answer(supervisor, request):
    for name, kind in NEEDED.items():
        if not isinstance(request.get(name), kind):
            return json.dumps(failure.reply(
                "CONTRACT", f"a request without {name}")).encode()
    return supervisor.answer(request)
