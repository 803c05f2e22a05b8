"""Frames: a 4-byte little-endian length, then that many bytes of JSON."""

import json
import os
import select
import struct

MOST_BYTES = 64 << 20
HEADER = struct.Struct("<I")


class Closed(Exception):
    """The peer is gone, or what it wrote is no frame."""


class Late(Exception):
    """Nothing whole arrived in time."""


def encode(message):
    body = json.dumps(message, separators=(",", ":"), allow_nan=False).encode()
    if len(body) > MOST_BYTES:
        raise ValueError(f"a message of {len(body)} bytes")
    return HEADER.pack(len(body)) + body


def write_bytes(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]


def write(fd, message):
    write_bytes(fd, encode(message))


def _wait(fd, patience, writer):
    """`writer`: a pidfd; once it has ended nothing more will come, though what
    it has started may hold the other end open."""
    ready = []
    while not ready:
        wait = patience.next_wait()
        ready = select.select([fd, writer], [], [], wait)[0]
        if not ready and not wait:
            raise Late()
    if fd not in ready and not select.select([fd], [], [], 0)[0]:
        raise Closed("closed")


def _read_exactly(fd, count, patience, writer):
    parts = []
    while count:
        if patience is not None:
            _wait(fd, patience, writer)
        part = os.read(fd, min(count, 1 << 20))
        if not part:
            raise Closed("closed")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def read_bytes(fd, patience=None, writer=None):
    """The body of one frame; `patience` is a Patience."""
    header = _read_exactly(fd, HEADER.size, patience, writer)
    (length,) = HEADER.unpack(header)
    if length > MOST_BYTES:
        raise Closed(f"a frame of {length} bytes")
    return _read_exactly(fd, length, patience, writer)


def read(fd):
    return json.loads(read_bytes(fd))
