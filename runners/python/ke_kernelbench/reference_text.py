"""reference.py: the user's file, and below it what the judge calls."""

FOOTER = '''

# --- Below: added by `kernelevolve import kernelbench`; what the judge calls. ---

import contextlib as _ke_contextlib

import torch as _ke_torch

# A weight among the inputs, and its name in the model's state.
KE_WEIGHTS = {weights}
# forward makes tensors of its own without saying where or of which type.
KE_FACTORIES = {factories}
_ke_models = {{}}


def ke_arguments({tensors}):
    """The arguments of forward."""
    return {arguments}


def ke_construct():
    given = get_init_inputs() if "get_init_inputs" in globals() else []
    with _ke_torch.random.fork_rng(devices=[]), _ke_torch.device("cpu"):
        _ke_torch.manual_seed(0)
        model = Model(**given) if isinstance(given, dict) else Model(*given)
    return model.eval().requires_grad_(False)


def ke_outputs(result):
    """Tensors in order, out of tuples, lists and dicts."""
    if isinstance(result, _ke_torch.Tensor):
        return [result]
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (tuple, list)):
        return [each for part in result for each in ke_outputs(part)]
    return []


def _ke_moved(value, device, dtype):
    if isinstance(value, _ke_torch.Tensor):
        floating = value.dtype.is_floating_point
        return value.detach().to(device, dtype if floating else value.dtype)
    if isinstance(value, list):
        return [_ke_moved(each, device, dtype) for each in value]
    if type(value) is tuple:
        return tuple(_ke_moved(each, device, dtype) for each in value)
    return value


def _ke_model(device, dtype):
    """Built once for each; what no input stands for is moved there."""
    if (device, dtype) in _ke_models:
        return _ke_models[device, dtype]
    model, given = ke_construct(), set(KE_WEIGHTS.values())
    for prefix, module in model.named_modules():
        for name, value in list(module._buffers.items()):
            if value is not None and f"{{prefix}}.{{name}}".lstrip(".") not in given:
                module._buffers[name] = _ke_moved(value, device, dtype)
        for name, value in list(module._parameters.items()):
            if value is not None and f"{{prefix}}.{{name}}".lstrip(".") not in given:
                module._parameters[name] = _ke_torch.nn.Parameter(
                    _ke_moved(value, device, dtype), requires_grad=False)
        for name, value in list(vars(module).items()):
            if not name.startswith("_"):
                module.__dict__[name] = _ke_moved(value, device, dtype)
    _ke_models[device, dtype] = model
    return model


if not globals().get("KE_RECORDING"):
    # Importing the compiler takes seconds that a recorder need not spend.
    _ke_model = _ke_torch.compiler.disable(_ke_model)


def _ke_state(model, weights):
    """What stands for the model's weights in a call. Recurrent layers move the
    tensors that they are given into memory of their own, once for each tensor:
    views, so that the next call finds what is in the judge's then."""
    if any(isinstance(part, _ke_torch.nn.RNNBase) for part in model.modules()):
        weights = [each.view_as(each) for each in weights]
    return dict(zip(KE_WEIGHTS.values(), weights))


@_ke_contextlib.contextmanager
def _ke_surroundings(device, dtype):
    before = _ke_torch.get_default_dtype()
    _ke_torch.set_default_dtype(dtype)
    try:
        with _ke_torch.device(device):
            yield
    finally:
        _ke_torch.set_default_dtype(before)


def _ke_run(model, state, arguments, device, dtype):
    if not KE_FACTORIES:
        return _ke_torch.func.functional_call(model, state, arguments)
    with _ke_surroundings(device, dtype):
        return _ke_torch.func.functional_call(model, state, arguments)


def reference({parameters}):
    tensors = [{parameters}]
    dtype = next((each.dtype for each in tensors
                  if each.dtype.is_floating_point), _ke_torch.float32)
    device = tensors[0].device
    model = _ke_model(device, dtype)
    state = _ke_state(model, tensors[{count}:])
    with _ke_torch.no_grad():
        result = _ke_run(model, state, tuple(ke_arguments({tensors})), device,
                         dtype)
    return ke_outputs(result)
'''


def reference_text(file, inputs, weights, factories):
    names = [tensor.name for tensor in inputs.tensors]
    return file.text.rstrip() + FOOTER.format(
        weights=_mapping(weights), factories=factories,
        tensors=", ".join(names), arguments=inputs.source(names),
        parameters=", ".join(names + [each.name for each in weights]),
        count=len(names))


def _mapping(weights):
    lines = [f"    {each.name!r}: {each.key!r},\n" for each in weights]
    return "{\n" + "".join(lines) + "}" if lines else "{}"
