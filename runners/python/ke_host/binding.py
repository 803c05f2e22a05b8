"""The tensors of one shape, over lent memory."""

import torch

from ke_torch.dtypes import dtype_of


class Binding:
    """Holds views only; the memory belongs to LentMemory."""

    def __init__(self, memory, request):
        self.inputs = [_tensor(memory, entry, write=False)
                       for entry in request["inputs"]]
        self.outputs = [_tensor(memory, entry, write=True)
                        for entry in request["outputs"]]
        self.attributes = {entry["name"]: entry["value"]
                           for entry in request["attributes"]}
        place = request.get("workspace")
        self.workspace = None
        if place and place["bytes"]:
            self.workspace = memory.tensor(place, torch.uint8,
                                           (place["bytes"],), write=True)


def _tensor(memory, entry, write):
    return memory.tensor(entry, dtype_of(entry["dtype"]), entry["shape"],
                         write=write)
