"""One of our Python servers as a child, driven over its socket as the judge
does it: frames of JSON, and memory lent with a descriptor beside the frame."""

import os
import socket
import subprocess

from ke_torch.wire import Channel


class ServerProcess:
    def __init__(self, arguments, environment=None):
        """`arguments` with the server's end of the socket as `{fd}`."""
        self.socket, theirs = socket.socketpair()
        self.channel = Channel(os.dup(self.socket.fileno()))
        self.process = subprocess.Popen(
            [word.format(fd=theirs.fileno()) for word in arguments],
            pass_fds=[theirs.fileno()], stderr=subprocess.PIPE,
            env=os.environ | (environment or {}))
        theirs.close()

    def ask(self, command, **fields):
        self.channel.send({"command": command, **fields})
        return self.channel.receive()[0]

    def lend(self, identity, memory, writable):
        body = (f'{{"command":"lend","id":{identity},"bytes":{memory.size},'
                f'"writable":{str(writable).lower()}}}').encode()
        frame = len(body).to_bytes(4, "little") + body
        socket.send_fds(self.socket, [frame[:2]], [memory.descriptor])
        self.socket.sendall(frame[2:])
        return self.channel.receive()[0]

    def hang_up(self):
        self.socket.close()
        self.channel._socket.close()

    def close(self):
        self.hang_up()
        self.errors = self.process.communicate(timeout=60)[1].decode()
