"""What the forked child does: limits, a folder of its own, one reply."""

import os
import resource
import signal
import sys
import traceback

from . import failure, frames, processes
from .session import Session

SOURCE_NAME = "kernel.py"
STAGES = ("start", "import", "run", "compile")
MOST_PROCESSES = 48
FILE_BYTES = 64 << 20
MEMORY_BYTES = 6 << 30  # beside what the server has mapped


def run(request, folder, reply_fd, output_fd, stage_byte):
    """Never returns. `stage_byte` is shared with the server, which tells from
    it where a child was that died."""
    try:
        _enter(request, folder, reply_fd, output_fd)
        answer = _answer(request, folder, stage_byte)
        frames.write_bytes(reply_fd, _encoded(answer))
    except BaseException:  # the server says so in its own words
        traceback.print_exc()
    finally:
        os._exit(0)


def _answer(request, folder, stage_byte):
    file = os.path.join(folder, SOURCE_NAME)
    with open(file, "w", encoding="utf-8") as text:
        text.write(request["source"])

    def stage(name):
        stage_byte[0] = STAGES.index(name)

    session = Session(request, file, stage)
    try:
        return session.record()
    except BaseException as error:  # SystemExit is the candidate's, too
        answer = failure.Explainer(file).explain(error, STAGES[stage_byte[0]])
        answer["log"] = "\n".join(filter(None, [answer["log"],
                                                *session.active.notes]))
        return answer


def _encoded(answer):
    try:
        return frames.encode(answer)
    except ValueError as error:
        return frames.encode(failure.reply(
            "CONTRACT", f"what was recorded cannot be told: {error}"))


def _enter(request, folder, reply_fd, output_fd):
    os.setpgid(0, 0)
    processes.be_ordinary()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output_fd, 1)
    os.dup2(output_fd, 2)
    # The server's channels are not the candidate's.
    os.closerange(3, reply_fd)
    os.closerange(reply_fd + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    os.chdir(folder)
    os.environ.update(HOME=folder, TMPDIR=folder,
                      TRITON_CACHE_DIR=os.path.join(folder, "cache"),
                      TRITON_HOME=folder)
    _limit(request["limit_s"] + request["compile_limit_s"])
    sys.argv = [SOURCE_NAME]


def _limit(seconds):
    def lower(what, value):
        hard = resource.getrlimit(what)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(what, (value, value))

    mapped = int(open("/proc/self/statm").read().split()[0]) * \
        resource.getpagesize() if os.path.exists("/proc/self/statm") else 64 << 30
    lower(resource.RLIMIT_CPU, seconds + 1)
    lower(resource.RLIMIT_AS, mapped + MEMORY_BYTES)
    lower(resource.RLIMIT_FSIZE, FILE_BYTES)
    lower(resource.RLIMIT_NPROC, MOST_PROCESSES)
    lower(resource.RLIMIT_CORE, 0)
