"""The tensors of one shape, over lent memory."""

import inspect
import weakref

from .dtypes import dtype_of
from .failure import CommandError

_asking = weakref.WeakKeyDictionary()  # looked up within timed calls


def asks_for_shapes(function):
    """Whether it wants to be told its outputs' shapes, which inputs need not
    determine."""
    if function not in _asking:
        _asking[function] = "output_shapes" in inspect.signature(
            function).parameters
    return _asking[function]


class Binding:
    """Holds views only; the memory belongs to LentMemory."""

    def __init__(self, task, memory, request):
        if len(request["inputs"]) != len(task.inputs):
            raise CommandError(f"task {task.name} has {len(task.inputs)} "
                               f"inputs, not {len(request['inputs'])}")
        if len(request["outputs"]) != len(task.outputs):
            raise CommandError(f"task {task.name} has {len(task.outputs)} "
                               f"outputs, not {len(request['outputs'])}")
        self.inputs = [
            memory.tensor(entry, dtype_of(entry["dtype"]), entry["shape"])
            for entry in request["inputs"]]
        self.output_shapes = [tuple(entry["shape"])
                              for entry in request["outputs"]]
        self.output_dtypes = [dtype_of(entry["dtype"])
                              for entry in request["outputs"]]
        self.memory_ids = {entry["id"] for entry in request["inputs"]}
        self.attributes = dict(zip(task.attributes, request["attributes"],
                                   strict=True))
        self._name = task.name

    def call(self, function, inputs=None):
        """The outputs of `function` as a list, checked against the shapes."""
        told = self.attributes
        if asks_for_shapes(function):
            told = {**told, "output_shapes": self.output_shapes}
        results = function(*(self.inputs if inputs is None else inputs), **told)
        results = list(results) if isinstance(results, (tuple, list)) else [
            results]
        shapes = [tuple(result.shape) for result in results]
        if shapes != self.output_shapes:
            raise CommandError(f"task {self._name}: outputs of shapes "
                               f"{shapes}, declared {self.output_shapes}")
        return results

    def check_dtypes(self, results):
        found = [result.dtype for result in results]
        if found != self.output_dtypes:
            raise CommandError(f"task {self._name}: outputs of types "
                               f"{found}, declared {self.output_dtypes}")
