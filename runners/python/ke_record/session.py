"""Session: one candidate from source to plan, inside the child."""

import base64
import sys
import types
import typing

import torch
import triton

from . import autotune, compiling, cuda_surface, dtypes, extensions, plan
from .failure import NoPlan, OutOfDevice, Refusal
from .fake_driver import RecordingDriver
from .model_new import ModelNewRun
from .own_modules import refuse_imports
from .parameters import parse_parameter
from .recording import Active, Recording
from .stand_in import whole
from .torch_ops import RecordingMode

PASSES = 2
MODULE = "kernel"


class Recorded(typing.NamedTuple):
    """One call of run, and what it was called with."""

    recording: Recording
    workspace_bytes: int
    inputs: list
    outputs: list
    workspace: object


class Session:
    """`stage` is called with "import", "run" or "compile" as they begin."""

    def __init__(self, request, file, stage):
        self._request = request
        self._file = file
        self._stage = stage
        self.active = Active()
        self.active.arch = int(request["arch"])
        self.active.facts = request["device"]
        self._driver = RecordingDriver(self.active)

    def record(self):
        Refusal.first = None
        self._install()
        with RecordingMode(self.active), torch.no_grad():
            module = self._import()
            passes = [[self._record_pass(module, shape, number)
                       for shape in self._request["shapes"]]
                      for number in range(PASSES)]
        shapes = [plan.merge(first.recording, second.recording,
                             _same_workspace(first, second))
                  for first, second in zip(*passes)]
        return {"ok": True, "plan": {"format": 1, "shapes": shapes},
                "modules": [base64.b64encode(image).decode()
                            for image in self.active.modules],
                "ptx": self.active.ptx(),
                "log": "\n".join(self.active.notes)}

    def _install(self):
        triton.runtime.driver.set_active(self._driver)
        cuda_surface.install(self.active)
        extensions.replace(extensions.refuse)
        autotune.install(self.active)
        compiling.tell(self._stage, self.active.keep_ptx)

    def _import(self):
        self._stage("import")
        module = types.ModuleType(MODULE)
        module.__file__ = self._file
        for name, text in self._request.get("parameters", {}).items():
            setattr(module, name, parse_parameter(text))
        sys.modules[MODULE] = module
        refuse_imports(self._request["source"], self._file)
        exec(compile(self._request["source"], self._file, "exec",
                     dont_inherit=True),
             module.__dict__)
        if callable(getattr(module, "run", None)):
            pass
        elif hasattr(module, "ModelNew"):
            module.run = ModelNewRun(module, self._request.get("reference", ""))
        else:
            raise Refusal("there is no function run(*inputs, outputs, workspace), "
                          "nor a class ModelNew")
        self._stage("run")
        return module

    def _record_pass(self, module, shape, number):
        """In the last pass once more, where the buffers were."""
        recorded = self._record_shape(module, shape, number)
        if number == PASSES - 1:
            again = self._record_shape(module, shape, number, recorded)
            plan.require_repeat(recorded.recording, again.recording)
            _same_workspace(recorded, again)
        return recorded

    def _record_shape(self, module, shape, number, earlier=None):
        """Over the very tensors of an earlier call, or over new ones."""
        recording = Recording(number, self.active.facts["global_bytes"])
        inputs, outputs = (_same_tensors(recording, earlier) if earlier
                           else _tensors(recording, shape["tensors"]))
        attributes = {entry["name"]: entry["value"]
                      for entry in shape.get("attributes", [])}
        size = self._workspace_bytes(module, inputs, outputs, attributes)
        workspace = None
        if size and earlier and earlier.workspace_bytes == size:
            workspace = earlier.workspace
            recording.adopt(workspace._ke_buffer)
        elif size:
            workspace = whole(recording.place("workspace", size), (size,),
                              torch.uint8)
        self.active.current, self.active.stream = recording, 0
        if isinstance(module.run, ModelNewRun):
            # A trial has tensors of its own, which would be the last ones met.
            recording.redirected = (earlier.recording.redirected if earlier
                                    else self._redirected(module.run, shape))
        module.run(*inputs, outputs=list(outputs), workspace=workspace, **attributes)
        self.active.current = None
        return Recorded(recording, size, inputs, outputs, workspace)

    def _redirected(self, run, shape):
        """Which allocation becomes which output: tried on a recording that is
        thrown away."""
        kept = self.active.current
        trial = Recording(0, self.active.facts["global_bytes"])
        self.active.current = trial
        try:
            places = run.returned(*_tensors(trial, shape["tensors"]))
        finally:
            self.active.current = kept
        return {number: f"output:{place}" for number, place in places.items()}

    def _workspace_bytes(self, module, inputs, outputs, attributes):
        ask = getattr(module, "workspace_bytes", None)
        if ask is None:
            return 0
        size = ask(*inputs, outputs=list(outputs), **attributes)
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise Refusal(f"workspace_bytes returned {size!r}, not a number of "
                          "bytes")
        if size > self.active.facts["global_bytes"]:
            raise OutOfDevice(f"a workspace of {size} bytes is more than the "
                              "device has")
        return size


def _tensors(recording, entries):
    made = {"input": [], "output": []}
    for entry in entries:
        dtype, shape = dtypes.BY_NAME[entry["dtype"]], entry["shape"]
        size = dtype.itemsize
        for extent in shape:
            size *= extent
        role = entry["role"]
        buffer = recording.place(f"{role}:{len(made[role])}", size)
        made[role].append(whole(buffer, shape, dtype))
    return made["input"], made["output"]


def _same_tensors(recording, earlier):
    """What is kept under a tensor itself, and not under its address, is found."""
    for tensor in (*earlier.inputs, *earlier.outputs):
        recording.adopt(tensor._ke_buffer)
    return earlier.inputs, earlier.outputs


def _same_workspace(first, second):
    if first.workspace_bytes != second.workspace_bytes:
        raise NoPlan(plan.DIFFERS.format("their workspace"))
    return first.workspace_bytes
