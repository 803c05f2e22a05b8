"""Supervisor: forks a child for one request and answers whatever it does."""

import json
import mmap
import os
import shutil
import signal
import tempfile
import time

from . import child, failure, frames, processes
from .patience import Patience

OUTPUT_KEPT = 4000
OUTPUT_SEARCHED = 1 << 16
DEVICE_ERROR = "terminate called after throwing an instance of " \
    "'c10::AcceleratorError'"
# Where the server is alone in its namespace the name is always the same, so
# that line tables and messages are.
FOLDER = "/tmp/candidate"


class Supervisor:
    """One per server; one request at a time."""

    def __init__(self):
        self._stage = mmap.mmap(-1, 1)
        self._alone = os.getpid() == 1

    def answer(self, request):
        """The bytes of a frame's body."""
        folder = self._fresh_folder()
        try:
            return self._answer_in(request, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if self._alone:
                _empty("/tmp")

    def _answer_in(self, request, folder):
        patience = Patience(request["limit_s"], request["compile_limit_s"],
                            self._is_compiling)
        self._stage[0] = 0
        output = os.memfd_create("output")
        reply, theirs = os.pipe()
        pid = os.fork()
        if pid == 0:
            child.run(request, folder, theirs, output, self._stage)
        os.close(theirs)
        writer = os.pidfd_open(pid)
        try:
            return _checked(frames.read_bytes(reply, patience, writer))
        except frames.Late:
            what, limit = ("compiling", "compile_limit_s") \
                if self._is_compiling() else ("recording", "limit_s")
            return self._died(pid, output, "TIMEOUT",
                              f"{what} took more than {request[limit]} s")
        except (frames.Closed, ValueError, RecursionError) as error:
            return self._ended_early(pid, output, error)
        finally:
            processes.end_all(pid)
            for fd in (reply, output, writer):
                os.close(fd)

    def _is_compiling(self):
        return self._stage[0] == child.STAGES.index("compile")

    def _ended_early(self, pid, output, error):
        status = _status_of(pid)
        if status is None or (status == 0 and str(error) != "closed"):
            return self._died(pid, output, "RUN_FAILED",
                              "the program wrote to, or closed, descriptors that "
                              "are not its own")
        stage = child.STAGES[self._stage[0] % len(child.STAGES)]
        if -status == signal.SIGABRT and DEVICE_ERROR in _last_of(
                output, OUTPUT_SEARCHED):
            # Torch's autograd ends the process where others of it raise.
            return self._died(pid, output, "DELEGATION", failure.ASKED,
                              no_plan=True)
        if -status == signal.SIGXCPU or -status == signal.SIGKILL:
            return self._died(pid, output, "RESOURCE",
                              f"the program was stopped ({stage}): too much CPU "
                              "time or memory")
        how = (f"signal {-status}" if status < 0 else f"exit status {status}")
        code = "RUN_FAILED" if stage == "run" else "BUILD_FAILED"
        if status >= 0:
            code = "EARLY_EXIT"
        return self._died(pid, output, code, "the program ended before its plan "
                          f"was complete ({stage}, {how})")

    def _died(self, pid, output, code, message, no_plan=False):
        processes.end_all(pid)
        return json.dumps({
            **failure.reply(code, message, _last_of(output, OUTPUT_KEPT)),
            "no_plan": no_plan}).encode()

    def _fresh_folder(self):
        if not self._alone:
            return tempfile.mkdtemp(prefix="ke-record-")
        os.mkdir(FOLDER, 0o700)
        return FOLDER


def _checked(body):
    """Whoever reads it will look closer; here it only has to be an answer."""
    if not isinstance(json.loads(body).get("ok"), bool):
        raise frames.Closed("no answer")
    return body


def _last_of(output, most):
    kept = os.pread(output, most, max(0, os.fstat(output).st_size - most))
    return kept.decode(errors="replace")


def _status_of(pid):
    """Its exit status, a signal as its negative; None while it lives."""
    # It may be on its way out for long: what it started goes with it.
    for _ in range(1000):
        try:
            ended, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            return None
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    return None


def _empty(folder):
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            os.unlink(entry.path)
