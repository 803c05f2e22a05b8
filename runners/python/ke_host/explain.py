"""Words and codes for what goes wrong in a candidate's host code on a device."""

import torch

from ke_record.failure import Explainer, Refusal
from ke_torch.failure import is_out_of_memory

FAULTS = ("illegal memory access", "misaligned address", "illegal instruction",
          "device-side assert", "unspecified launch failure",
          "invalid program counter", "hardware stack error",
          "illegal address space")
LAUNCHES = ("too many resources requested", "invalid configuration argument",
            "out of resource", "no kernel image is available")


# Newer than some versions of torch; an empty tuple is of no error's kind.
DEVICE_ERROR = getattr(torch, "AcceleratorError", ())


class HostExplainer(Explainer):
    def _refusal_behind(self, error, stage):
        """None: the process serves many requests, and torch answers them."""
        return None

    def _code(self, error, stage):
        text = str(error).lower()
        if isinstance(error, Refusal):
            return error.code
        if isinstance(error, RuntimeError) and any(one in text for one in FAULTS):
            return "GPU_FAULT"
        if isinstance(error, RuntimeError) and \
                any(one in text for one in LAUNCHES):
            return "LAUNCH_FAIL"
        if is_out_of_memory(error):
            return "RESOURCE"
        code = super()._code(error, stage)
        return "RUN_FAILED" if code == "DELEGATION" else code

    def _text(self, error):
        if isinstance(error, DEVICE_ERROR):
            first = (str(error).splitlines() or [""])[0]
            return f"{type(error).__name__}: {first}"
        return super()._text(error)
