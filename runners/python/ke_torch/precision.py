"""Which shortcuts torch may take inside a matrix product."""

import contextlib

import torch

from .failure import CommandError

PRECISIONS = ("", "tf32")


def check_precision(name):
    if name not in PRECISIONS:
        raise CommandError(f"no precision is called {name}")
    return name


def _set_tf32(allowed):
    # Torch has an older and a newer set of switches. The older one reaches
    # both, except for the convolutions that inductor writes itself.
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.fp32_precision = "tf32" if allowed else "ieee"
    torch.backends.cudnn.allow_tf32 = allowed


def _set_reduced_sums(allowed):
    matmul = torch.backends.cuda.matmul
    matmul.allow_fp16_reduced_precision_reduction = allowed
    matmul.allow_bf16_reduced_precision_reduction = allowed


@contextlib.contextmanager
def arithmetic(tf32=False, reduced_sums=True, search=False):
    """`reduced_sums`: torch's default, partial sums in the inputs' type.
    `search`: cuDNN tries its algorithms at the first call of a shape."""
    _set_tf32(tf32)
    _set_reduced_sums(reduced_sums)
    torch.backends.cudnn.benchmark = search
    try:
        yield
    finally:
        _set_tf32(False)
        _set_reduced_sums(True)
        torch.backends.cudnn.benchmark = False
