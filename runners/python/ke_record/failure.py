"""What can be wrong with a candidate, and how it is told to its author."""

import errno
import os
import traceback

LOG_CHARACTERS = 6000
LINE_CHARACTERS = 300
TOO_MUCH = (errno.EFBIG, errno.ENOSPC, errno.ENOMEM, errno.EAGAIN)
NO_THREAD = "can't start new thread"


class Refusal(Exception):
    """Something that no candidate may do. `code` is the verdict's."""
    code = "CONTRACT"


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


def reply(code, message, log=""):
    lines = message.strip().splitlines()
    return {"ok": False, "code": code,
            "message": (lines[0] if lines else code)[:LINE_CHARACTERS],
            "log": log[-LOG_CHARACTERS:]}


def _asks_for_device(error):
    return type(error).__name__ == "AcceleratorError"


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
        code = self._code(error, stage)
        text = self._text(error)
        log = "\n".join(filter(None, [self._own_lines(error), text,
                                      *self._causes(error)]))
        return {**reply(code, self._headline(error, text), log),
                "no_plan": isinstance(error, NoPlan) or _asks_for_device(error)}

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
            return "torch asked for the device: an operation with no place in a plan"
        try:
            text = self.without_paths(str(error))
        except Exception:  # its own __str__ may raise anything
            text = ""
        if isinstance(error, Refusal):
            return text
        return f"{type(error).__name__}: {text}"

    def _headline(self, error, text):
        """The compiler's own words stand last, below the source it quotes."""
        lines = [line for line in text.splitlines() if line.strip()]
        if type(error).__name__.startswith("Compil") and len(lines) > 1:
            return f"{type(error).__name__}: {lines[-1].strip()}"
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
