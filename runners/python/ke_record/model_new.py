"""ModelNew: a KernelBench candidate becomes a `run`, as far as a plan can hold it.

The task's reference (made by ke_kernelbench) says how the Model that it replaces
is constructed and which inputs are its weights. What ModelNew makes and returns
is written straight to the outputs; nothing else of it is allowed to compute.
"""

import inspect
import types

import torch

from .failure import Delegation, HostMemory, NoPlan, Refusal
from .stand_in import StandIn

NEEDED = ("ke_arguments", "ke_outputs", "KE_WEIGHTS")


class ModelNewRun:
    """Stands where `run` would. One for each candidate."""

    def __init__(self, module, reference):
        self._reference = _load(reference)
        self._model = _construct(module, self._reference)
        self._weights = self._reference.KE_WEIGHTS
        self._check_weights()

    def __call__(self, *inputs, outputs, workspace=None):
        results = self._results(inputs, outputs)
        for output, result in zip(outputs, results):
            if result._ke_buffer is not output._ke_buffer:
                output.copy_(result)

    def returned(self, inputs, outputs):
        """For each output the number of the allocation that becomes it, or None:
        only whole ones can, each once."""
        places, taken = {}, set()
        for place, result in enumerate(self._results(inputs, outputs)):
            name, buffer = result._ke_buffer.name, result._ke_buffer
            if name.startswith("allocation:") and name not in taken and \
                    result.ke_offset() == 0 and result.is_contiguous() and \
                    buffer.bytes == result.numel() * result.element_size():
                places[int(name.split(":")[1])] = place
                taken.add(name)
        return places

    def _results(self, inputs, outputs):
        count = len(inputs) - len(self._weights)
        self._load_weights(inputs[count:])
        arguments = self._reference.ke_arguments(*inputs[:count])
        check_signature(self._model, arguments)
        try:
            made = self._model(*arguments)
        except Delegation as error:
            raise _named(error) from error
        except HostMemory as error:
            self._refuse_own_table(error)
            raise
        results = self._reference.ke_outputs(made)
        check_results(results, outputs)
        return results

    def _refuse_own_table(self, error):
        """A module's buffers move to the device with it, values and all."""
        for name, table in self._model.named_buffers():
            if _share_memory(table, error.tensor):
                raise NoPlan(f"the values of ModelNew's buffer {name} have no "
                             "place in a plan") from error

    def _check_weights(self):
        """All of Model's, under the same names, and none besides."""
        own = {**dict(self._model.named_parameters()),
               **dict(self._model.named_buffers())}
        wanted = set(self._weights.values())
        for key in self._weights.values():
            if key not in own:
                raise Refusal(f"ModelNew has no {key}, which Model has: weights are "
                              "handed over by their names")
        for key, _ in self._model.named_parameters():
            if key not in wanted:
                raise Refusal(f"ModelNew's parameter {key} is none of Model's: "
                              "nothing says what its values are")
        self._shapes = {key: tuple(own[key].shape) for key in wanted}

    def _load_weights(self, tensors):
        for key, tensor in zip(self._weights.values(), tensors, strict=True):
            if tuple(tensor.shape) != self._shapes[key]:
                raise Refusal(f"ModelNew's {key} is of shape {self._shapes[key]}, "
                              f"Model's of {tuple(tensor.shape)}")
            *path, name = key.split(".")
            module = self._model.get_submodule(".".join(path))
            self._place_weight(module, name, tensor)

    def _place_weight(self, module, name, tensor):
        module._parameters.pop(name, None)
        module._buffers.pop(name, None)
        # A stand-in is no Parameter; found before __getattr__ is asked.
        module.__dict__[name] = tensor


def _load(source):
    module = types.ModuleType("reference")
    module.KE_RECORDING = True
    exec(compile(source, "reference.py", "exec", dont_inherit=True),
         module.__dict__)
    if not all(hasattr(module, name) for name in NEEDED):
        raise Refusal("ModelNew needs a task made from a KernelBench file; for "
                      "this one define run(*inputs, outputs, workspace)")
    return module


def _construct(module, reference):
    make = getattr(reference, "get_init_inputs", list)
    torch.manual_seed(0)
    given = make()
    args, kwargs = ((), given) if isinstance(given, dict) else (given, {})
    if not isinstance(module.ModelNew, type) or \
            not issubclass(module.ModelNew, torch.nn.Module):
        raise Refusal("ModelNew is no class derived from torch.nn.Module")
    try:
        inspect.signature(module.ModelNew.__init__).bind(None, *args, **kwargs)
    except TypeError as error:
        raise Refusal("ModelNew's constructor does not take what "
                      f"get_init_inputs() gives: {error}") from error
    try:
        return module.ModelNew(*args, **kwargs).eval().requires_grad_(False)
    except TypeError as error:
        if "__init__()" not in str(error):  # of what it makes in turn
            raise
        raise Refusal("ModelNew's constructor does not take what "
                      f"get_init_inputs() gives: {error}") from error
    except Delegation as error:
        raise _named(error) from error


def check_signature(model, arguments):
    try:
        inspect.signature(model.forward).bind(*arguments)
    except TypeError as error:
        raise Refusal("ModelNew.forward does not take the arguments of "
                      f"Model.forward: {error}") from error


def check_results(results, outputs):
    if len(results) != len(outputs):
        raise Refusal(f"ModelNew returns {len(results)} tensors, Model "
                      f"{len(outputs)}")
    for number, (result, output) in enumerate(zip(results, outputs)):
        if type(result) not in (type(output), torch.nn.Parameter):
            raise Refusal(f"output {number} of ModelNew is a "
                          f"{type(result).__name__}, which may compute when it is "
                          "read: return a plain tensor")
        found = (tuple(result.shape), result.dtype)
        wanted = (tuple(output.shape), output.dtype)
        if found != wanted:
            raise Refusal(f"output {number} of ModelNew is {found[1]} of shape "
                          f"{found[0]}, Model's is {wanted[1]} of {wanted[0]}")
        if result.device != output.device:
            raise Refusal(f"output {number} of ModelNew is no tensor on the device")


def _share_memory(one, other):
    if not isinstance(other, torch.Tensor) or isinstance(one, StandIn) \
            or one.numel() == 0:
        return False
    return one.untyped_storage().data_ptr() \
        == other.untyped_storage().data_ptr()


def _named(error):
    operation = str(error).split(":")[0]
    if not operation.startswith("aten."):
        return Delegation(f"ModelNew: {error}")
    return Delegation(f"ModelNew used torch operation {operation}, which tier K "
                      "does not allow: do it in a kernel")
