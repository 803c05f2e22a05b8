"""LightMode: a dispatch mode that keeps its hands off torch.compile."""

from torch.utils._python_dispatch import TorchDispatchMode

try:
    from torch._C._dynamo.eval_frame import (
        _FrameAction, _FrameExecStrategy, set_code_exec_strategy)
    _SKIP = _FrameExecStrategy(_FrameAction.SKIP, _FrameAction.SKIP)
except ImportError:  # another torch; what follows is slower without them, and right
    _SKIP = None


class LightMode(TorchDispatchMode):
    """TorchDispatchMode keeps torch.compile from compiling __torch_dispatch__ itself,
    and imports torch._dynamo for that: seconds, and half of what a process needs to
    start. The same mark is set here without that import."""

    @classmethod
    def _should_skip_dynamo(cls):
        return _SKIP is None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if _SKIP:
            set_code_exec_strategy(cls.__torch_dispatch__.__code__, _SKIP)
