"""Extensions in C++ or CUDA, which a candidate compiles while it is imported."""

from .failure import NoPlan

NAMES = ("load", "load_inline")


def replace(make):
    """Puts make(original) in the place of each of torch's loaders."""
    try:
        from torch.utils import cpp_extension
    except ImportError:  # it needs setuptools; without them nobody loads any
        return
    for name in NAMES:
        setattr(cpp_extension, name, make(getattr(cpp_extension, name)))


def refuse(_original):
    def call(*_args, **_kwargs):
        raise NoPlan("an extension in C++ launches by itself, which a plan cannot "
                     "hold")
    return call
