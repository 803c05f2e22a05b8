"""Ends everything that a candidate has started, wherever it hides."""

import ctypes
import os
import signal

PR_SET_CHILD_SUBREAPER = 36
PR_SET_DUMPABLE = 4


def adopt_orphans():
    """Whoever leaves its process group or loses its parent becomes ours. And
    nobody of our own user may look into this process."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    _prctl(PR_SET_DUMPABLE, 0)
    # The first process of a namespace gets only the signals that it handles,
    # and what it imported may handle some.
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        ignored = number == signal.SIGPIPE
        signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL)


def be_ordinary():
    """A child has nothing to hide, and tools look at themselves in /proc."""
    _prctl(PR_SET_DUMPABLE, 1)


def end_all(group):
    """Kills the process group and all descendants, and waits for them."""
    _kill(-group)
    while True:
        if os.getpid() == 1:
            _kill(-1)
        else:
            for pid in _children():
                _kill(-pid)
                _kill(pid)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _prctl(option, value):
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _children():
    try:
        with open("/proc/thread-self/children") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []
