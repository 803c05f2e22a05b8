"""Imports PyTorch and its compiler once, which takes ten seconds, and forks a
server for each request, which takes none.

It never touches a device itself: a process that has, cannot fork one that may.
What a task's files do to their process ends with it.
"""

import ctypes
import os
import signal
import sys
import tempfile
import traceback

# Asked by imports whether there is a GPU, PyTorch would start the driver.
os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "1"

import torch  # noqa: E402
import torch._inductor.compile_fx  # noqa: E402, F401

from .start import serve  # noqa: E402
from .wire import Channel, Closed, close_all  # noqa: E402

_PR_SET_PDEATHSIG = 1


class ForkServer:
    """Single-threaded. Its children die with it."""

    def __init__(self, descriptor):
        self._channel = Channel(descriptor)
        self._children = set()

    def serve(self):
        try:
            while True:
                request, descriptors = self._channel.receive()
                try:
                    reply = self._answer(request, descriptors)
                finally:
                    close_all(descriptors)
                self._channel.send(reply)
        except Closed:
            for pid in list(self._children):
                self._end(pid)

    def _answer(self, request, descriptors):
        if request.get("command") == "end":
            self._end(request["pid"])
            return {"ok": True}
        if request.get("command") != "fork" or len(descriptors) != 1:
            return {"ok": False, "message": "not a request to fork"}
        return {"ok": True, "pid": self._fork(request, descriptors[0])}

    def _fork(self, request, descriptor):
        pid = os.fork()
        if pid == 0:
            self._become_server(request, descriptor)
        os.setpgid(pid, pid)  # both sides do: an end may come at once
        self._children.add(pid)
        return pid

    def _end(self, pid):
        """Until it is reaped here, its number is nobody else's."""
        if pid not in self._children:
            return
        self._children.remove(pid)
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(pid, 0)

    def _become_server(self, request, descriptor):
        """Does not return."""
        code = 1
        try:
            parent = os.getppid()
            os.setpgid(0, 0)
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)
            self._channel.close()
            _enter(request["folder"], request["log"], request["environment"])
            serve(descriptor, request["device"])
            code = 0
        except BaseException:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)


def _enter(folder, log, environment):
    errors = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC,
                     0o600)
    os.dup2(errors, 2)
    os.close(errors)
    os.chdir(folder)
    os.environ.update(environment)
    tempfile.tempdir = None  # asked again, under the new TMPDIR
