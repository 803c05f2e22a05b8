"""Frames: a 4-byte little-endian length, then that many bytes of JSON.
Descriptors travel beside a frame's bytes (SCM_RIGHTS)."""

import json
import os
import socket
import struct

MAX_FRAME_BYTES = 64 << 20
MAX_DESCRIPTORS = 4


class Closed(Exception):
    """The peer is gone."""


class Channel:
    """One peer. Owns the socket; not thread-safe."""

    def __init__(self, descriptor):
        os.set_inheritable(descriptor, False)  # compilers outlive no peer
        self._socket = socket.socket(fileno=descriptor)

    def receive(self):
        """The next message and the descriptors that came with it, which the
        caller now owns."""
        descriptors = []
        (length,) = struct.unpack("<I", self._read(4, descriptors))
        if length > MAX_FRAME_BYTES:
            raise Closed(f"a frame of {length} bytes")
        return json.loads(self._read(length, descriptors)), descriptors

    def send(self, message):
        body = json.dumps(message).encode()
        self._socket.sendall(struct.pack("<I", len(body)) + body)

    def close(self):
        self._socket.close()

    def _read(self, count, descriptors):
        data = bytearray()
        while len(data) < count:
            # Every read asks for descriptors: those that it did not ask for
            # would be lost.
            chunk, arrived, _, _ = socket.recv_fds(
                self._socket, count - len(data), MAX_DESCRIPTORS)
            descriptors += arrived
            if not chunk:
                close_all(descriptors)
                raise Closed("the peer closed the socket")
            data += chunk
        return bytes(data)


def close_all(descriptors):
    for descriptor in descriptors:
        os.close(descriptor)
