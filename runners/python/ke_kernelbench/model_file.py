"""ModelFile: the three names of a KernelBench file, called with a fixed seed."""

import importlib.util
import sys

import torch

from .refusal import Refused, one_line

MODULE = "ke_kernelbench_file"
MOST_BYTES = 512 << 10


class ModelFile:
    """Owns the module that the file becomes. One per process."""

    def __init__(self, path):
        self.path = path
        self.text = _read(path)
        self._module = _load(path)
        for name in ("Model", "get_inputs"):
            if not callable(getattr(self._module, name, None)):
                raise Refused("not_kernelbench", f"it defines no {name}")
        if not issubclass(self._module.Model, torch.nn.Module):
            raise Refused("not_kernelbench", "Model is no torch.nn.Module")
        for taken in ("reference", "run"):
            if hasattr(self._module, taken):
                raise Refused("not_kernelbench", f"it defines {taken}, a name "
                              "that the task's reference needs")

    @property
    def forward(self):
        return self._module.Model.forward

    def construct(self, seed=0):
        torch.manual_seed(seed)
        given = getattr(self._module, "get_init_inputs", list)()
        try:
            model = (self._module.Model(**given) if isinstance(given, dict)
                     else self._module.Model(*given))
        except TypeError as error:
            raise Refused("broken", "Model does not take what get_init_inputs() "
                          f"gives: {one_line(error)}") from error
        return model.eval().requires_grad_(False)

    def inputs(self, seed=0):
        torch.manual_seed(seed)
        made = self._module.get_inputs()
        if not isinstance(made, (list, tuple)):
            raise Refused("not_kernelbench", "get_inputs() returns no list")
        return list(made)


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(MOST_BYTES + 1)
    except UnicodeDecodeError as error:
        raise Refused("not_kernelbench", "it is no UTF-8 text") from error
    if len(text) > MOST_BYTES:
        raise Refused("not_kernelbench", f"more than {MOST_BYTES} characters")
    return text


def _load(path):
    spec = importlib.util.spec_from_file_location(MODULE, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise Refused("broken", f"importing it fails: {one_line(error)}") \
            from error
    return module
