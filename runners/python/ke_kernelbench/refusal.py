"""Why a file is not admitted, in one line."""


class Refused(Exception):
    """`kind` is one of the words of docs/kernelbench.md."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def one_line(error):
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300]


def bytes_text(count):
    for unit, size in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if count >= 1 << size:
            return f"{count / (1 << size):.1f} {unit}"
    return f"{count} bytes"
