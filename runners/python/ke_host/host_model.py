"""ModelNew with real tensors: the Model that it replaces says how it is built,
and which inputs are its weights."""

import torch

from ke_record.model_new import ModelNewRun, check_results, check_signature


class HostModel(ModelNewRun):
    """One for each candidate."""

    def __init__(self, module, reference, device):
        super().__init__(module, reference)
        self._model.to(device)  # tables that its constructor made

    def call_over(self, binding):
        count = len(binding.inputs) - len(self._weights)
        self._load_weights(binding.inputs[count:])
        reference, model = self._reference, self._model
        arguments = reference.ke_arguments(*binding.inputs[:count])
        check_signature(model, arguments)
        checked = False

        def call():
            nonlocal checked
            results = reference.ke_outputs(model(*arguments))
            if not checked:
                check_results(results, binding.outputs)
                checked = True
            for output, result in zip(binding.outputs, results):
                output.copy_(result)

        return call

    def _place_weight(self, module, name, tensor):
        if name in module._parameters:
            # Modules that keep lists of their own are told by the assignment.
            tensor = torch.nn.Parameter(tensor, requires_grad=False)
        setattr(module, name, tensor)
