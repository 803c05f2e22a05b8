"""A candidate's file as a module, and one way to call what it defines."""

import sys
import types

from ke_record.failure import OutOfDevice, Refusal
from ke_record.parameters import parse_parameter

from .host_model import HostModel

MODULE = "kernel"
MOST_WORKSPACE = 1 << 40


class Candidate:
    """`request`: source, parameters, and the reference that a ModelNew is built
    after."""

    def __init__(self, request, file, device):
        self._module = _import(request, file)
        self._model = None
        if callable(getattr(self._module, "run", None)):
            pass
        elif hasattr(self._module, "ModelNew"):
            self._model = HostModel(self._module, request.get("reference", ""),
                                    device)
        else:
            raise Refusal("there is no function run(*inputs, outputs, workspace), "
                          "nor a class ModelNew")

    @property
    def asks_for_workspace(self):
        return callable(getattr(self._module, "workspace_bytes", None))

    def workspace_bytes(self, binding):
        size = self._module.workspace_bytes(
            *binding.inputs, outputs=binding.outputs, **binding.attributes)
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise Refusal(f"workspace_bytes returned {size!r}, not a number of "
                          "bytes")
        if size > MOST_WORKSPACE:
            raise OutOfDevice(f"a workspace of {size} bytes is more than the "
                              "device has")
        return size

    def call_over(self, binding):
        """A function without arguments: one call."""
        if self._model:
            return self._model.call_over(binding)
        run = self._module.run

        def call():
            run(*binding.inputs, outputs=binding.outputs,
                workspace=binding.workspace, **binding.attributes)

        return call


def _import(request, file):
    module = types.ModuleType(MODULE)
    module.__file__ = file
    for name, text in request.get("parameters", {}).items():
        setattr(module, name, parse_parameter(text))
    sys.modules[MODULE] = module
    exec(compile(request["source"], file, "exec", dont_inherit=True),
         module.__dict__)
    return module
