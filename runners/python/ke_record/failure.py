"""What can be wrong with a candidate, and how it is told to its author."""

import errno
import os
import traceback

LOG_CHARACTERS = 6000
LINE_CHARACTERS = 300
TOO_MUCH = (errno.EFBIG, errno.ENOSPC, errno.ENOMEM, errno.EAGAIN)
NO_THREAD = "can't start new thread"
NO_DRIVER = "Found no NVIDIA driver"
ASKED = "torch asked for the device: an operation with no place in a plan"
SCRIPT = "failed in the TorchScript interpreter"


class Refusal(Exception):
    """Something that no candidate may do. `code` is the verdict's."""
    code = "CONTRACT"
    # The first of this process. TorchScript, threads and `except` of a candidate
    # put an error of their own in its place, without a trace of it.
    first = None

    def __init__(self, *words):
        super().__init__(*words)
        Refusal.first = Refusal.first or self


class NoPlan(Refusal):
    """Something that no plan can express, but host code on a device may do."""


class Delegation(NoPlan):
    """The candidate asked torch to compute."""
    code = "DELEGATION"


class Tampering(Refusal):
    """The candidate reaches for the judge's own modules."""
    code = "BUILD_TAMPER"


class OutOfDevice(Refusal):
    """More than the device has."""
    code = "RESOURCE"


class HostMemory(ValueError):
    """A kernel is given a tensor on the host. Triton's words."""

    def __init__(self, tensor):
        super().__init__("Pointer argument cannot be accessed from Triton "
                         "(cpu tensor?)")
        self.tensor = tensor


def reply(code, message, log=""):
    lines = message.strip().splitlines()
    return {"ok": False, "code": code,
            "message": (lines[0] if lines else code)[:LINE_CHARACTERS],
            "log": log[-LOG_CHARACTERS:]}


def _asks_for_device(error):
    return type(error).__name__ == "AcceleratorError" or \
        isinstance(error, RuntimeError) and str(error).startswith(NO_DRIVER)


def _is_too_much(error):
    return isinstance(error, MemoryError) or \
        isinstance(error, OSError) and error.errno in TOO_MUCH or \
        isinstance(error, RuntimeError) and NO_THREAD in str(error)


class Explainer:
    """Words for an exception: the candidate's own lines, no path of ours."""

    def __init__(self, file):
        self._file = file

    def explain(self, error, stage):
        """`stage`: "import", "run" or "compile", where the child was."""
        told = self._refusal_behind(error, stage) or error
        text = self._text(told)
        log = "\n".join(filter(None, [
            self._own_lines(error), text, *self._causes(told),
            "" if told is error else "then " + self._text(error)]))
        return {**reply(self._code(told, stage), self._headline(told, text), log),
                "no_plan": isinstance(told, NoPlan) or _asks_for_device(told)}

    def _refusal_behind(self, error, stage):
        """What went wrong after a refusal, and not in a kernel, is its doing."""
        if stage != "compile" and \
                self._code(error, stage) in ("RUN_FAILED", "BUILD_FAILED"):
            return Refusal.first
        return None

    def _code(self, error, stage):
        if isinstance(error, Refusal):
            return error.code
        if isinstance(error, SystemExit):
            return "EARLY_EXIT"
        names = {kind.__name__ for kind in type(error).__mro__}
        if _is_too_much(error):
            return "RESOURCE"
        # More of a multiprocessor than a block can have.
        if "OutOfResources" in names or \
                ("PTXASError" in names and "too much shared" in str(error)):
            return "LAUNCH_FAIL"
        if _asks_for_device(error):
            return "DELEGATION"
        if names & {"TritonError", "CompilationError", "PTXASError"}:
            return "BUILD_FAILED"
        return "RUN_FAILED" if stage == "run" else "BUILD_FAILED"

    def _text(self, error):
        if isinstance(error, SystemExit):
            return f"the program called exit({error.code!r})"
        if isinstance(error, SyntaxError):
            return f"line {error.lineno}: {type(error).__name__}: {error.msg}"
        if _asks_for_device(error):
            return ASKED
        try:
            text = self.without_paths(str(error))
        except Exception:  # its own __str__ may raise anything
            text = ""
        if isinstance(error, Refusal):
            return text
        return f"{type(error).__name__}: {text}"

    def _headline(self, error, text):
        """A compiler's own words stand last, below the source it quotes."""
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and not lines[-1].rstrip().endswith(":") and \
                (type(error).__name__.startswith("Compil") or
                 lines[0].endswith(SCRIPT + ".")):
            return f"{type(error).__name__}: {lines[-1].strip()}"
        if len(lines) > 1 and lines[0].rstrip().endswith("Error:"):
            return f"{lines[0].rstrip()} {lines[1].strip()}"
        return lines[0] if lines else type(error).__name__

    def _causes(self, error):
        seen = {id(error)}
        cause = error.__cause__ or error.__context__
        while cause is not None and id(cause) not in seen and len(seen) < 4:
            seen.add(id(cause))
            yield "because of " + self._text(cause)
            cause = cause.__cause__ or cause.__context__

    def _own_lines(self, error):
        frames = [frame for frame in traceback.extract_tb(error.__traceback__)
                  if frame.filename == self._file]
        return "\n".join(f"line {frame.lineno}, in {frame.name}: {frame.line}"
                         for frame in frames[-8:])

    def without_paths(self, text):
        home = os.path.dirname(self._file) + os.sep
        packages = os.path.dirname(os.path.dirname(os.__file__)) + os.sep
        return text.replace(home, "").replace(packages, "")
