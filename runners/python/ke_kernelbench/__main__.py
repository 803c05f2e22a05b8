"""python -m ke_kernelbench --out DIR [--seconds N] FILE...: a task folder for
each file, and a line of JSON for each on standard output.

One process imports torch; a forked child does a file's work, so that a file that
hangs, crashes or fills its memory is that file's loss alone.
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import signal
import sys
import tempfile
import time

import torch
import torch._dynamo  # noqa: F401: what children would import for themselves
import torch.testing  # noqa: F401
from torch._subclasses.fake_tensor import FakeTensorMode

from .analysis import Analysis
from .refusal import Refused, one_line
from .task_text import IMPORTED

MEMORY_SHARE = 0.6  # of what is free


def main():
    parser = argparse.ArgumentParser(prog="ke_kernelbench")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("files", type=pathlib.Path, nargs="+")
    options = parser.parse_args()
    with FakeTensorMode():
        torch.rand(2) + 1  # fills what children share
    answers = os.dup(1)
    for file in options.files:
        answer = {"file": str(file), **_in_child(file, options)}
        os.write(answers, json.dumps(answer).encode() + b"\n")


def _in_child(file, options):
    theirs, ours = tempfile.TemporaryFile(), None
    work = pathlib.Path(tempfile.mkdtemp(prefix="ke-import-"))
    try:
        pid = os.fork()
        if pid == 0:
            _child(file, work, theirs)
        status = _wait(pid, options.seconds)
        if status is None:
            return _refused("timeout", f"it took more than {options.seconds:g} s")
        theirs.seek(0)
        ours = theirs.read()
        if status != 0 or not ours:
            how = f"signal {-status}" if status < 0 else f"exit status {status}"
            return _refused("crash", f"the process ended early: {how}")
        answer = json.loads(ours)
        if answer["admitted"]:
            _move(work / answer["name"], options.out / answer["name"])
            answer["folder"] = str(options.out / answer["name"])
        return answer
    except Refused as refused:
        return _refused(refused.kind, str(refused))
    finally:
        theirs.close()
        shutil.rmtree(work, ignore_errors=True)


def _child(file, work, answer):
    try:
        os.setpgid(0, 0)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        os.dup2(null, 2)
        _limit_memory()
        answer.write(json.dumps(_analysed(file, work)).encode())
        answer.flush()
    except BaseException:
        os._exit(1)
    os._exit(0)


def _analysed(file, work):
    try:
        return {"admitted": True, **Analysis(file).admit(work)}
    except Refused as refused:
        return _refused(refused.kind, str(refused))
    except MemoryError:
        return _refused("too_large", "it needs more memory than there is")
    except (Exception, SystemExit) as error:
        return _refused("broken", one_line(error))


def _refused(kind, why):
    return {"admitted": False, "kind": kind, "why": " ".join(why.split())[:400]}


def _wait(pid, seconds):
    """Its exit status, a signal as its negative; None where it ran too long."""
    deadline = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return None
        time.sleep(0.01)


def _limit_memory():
    with open("/proc/meminfo") as file:
        free = next(int(line.split()[1]) << 10 for line in file
                    if line.startswith("MemAvailable"))
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    limit = mapped + int(free * MEMORY_SHARE)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _move(source, target):
    """The whole folder or the old one: never half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and not _imported(target):
        raise Refused("exists", f"{target} is there already, and is no import")
    fresh = pathlib.Path(tempfile.mkdtemp(prefix=f".{target.name}-",
                                          dir=target.parent))
    for path in source.iterdir():
        shutil.copyfile(path, fresh / path.name)
    os.chmod(fresh, 0o755)
    if target.exists():
        shutil.rmtree(target)
    os.replace(fresh, target)


def _imported(folder):
    task = folder / "task.toml"
    return task.is_file() and task.read_text(errors="replace").startswith(
        IMPORTED)


if __name__ == "__main__":
    sys.exit(main())
