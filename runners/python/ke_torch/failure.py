"""What a command answers when it fails."""

import torch


class CommandError(Exception):
    """A mistake in the request or a task's file, said in one line."""


class DriverError(Exception):
    """A call of the CUDA driver failed."""

    def __init__(self, call, code, text):
        super().__init__(f"{call}: {text}")
        self.code = code
        self.out_of_memory = code == 2


_OUT_OF_MEMORY = ("out of memory", "can't allocate memory",
                  "cublas_status_alloc_failed", "cudnn_status_alloc_failed")


def is_out_of_memory(error):
    if isinstance(error, (torch.cuda.OutOfMemoryError, MemoryError)):
        return True
    if isinstance(error, DriverError):
        return error.out_of_memory
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(
        mark in text for mark in _OUT_OF_MEMORY)


def one_line(error):
    """The first line that says something, with the kind of error before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else "no message"
    if not isinstance(error, CommandError):
        text = f"{type(error).__name__}: {text}"
    return text[:500]


def failure_reply(error):
    return {"ok": False, "message": one_line(error),
            "kind": "out_of_memory" if is_out_of_memory(error) else "error"}
