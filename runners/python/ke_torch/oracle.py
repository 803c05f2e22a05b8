"""Expected outputs: the reference on exact float64 copies of the inputs."""

import gc

import torch

from .dtypes import oracle_dtype
from .failure import is_out_of_memory
from .precision import arithmetic


def write_oracle(task, binding, memory, request):
    """Fills `expected`, and `baseline` where asked; says in which type."""
    with arithmetic(tf32=False, reduced_sums=False):
        how = _write_expected(task, binding, memory, request["expected"])
    places = request.get("baseline")
    if places:
        # What a trusted kernel of the same types reaches, for the ratio test.
        tf32 = request.get("baseline_precision", "") == "tf32"
        with arithmetic(tf32=tf32, reduced_sums=False):
            results = binding.call(task.reference)
        binding.check_dtypes(results)
        _copy_out(results, memory, places, binding.output_dtypes)
    return {"how": how}


def _write_expected(task, binding, memory, places):
    dtypes = [oracle_dtype(dtype) for dtype in binding.output_dtypes]
    for how, dtype in (("float64", torch.float64), ("float32", torch.float32)):
        try:
            results = binding.call(task.reference, _widened(binding, dtype))
            _copy_out(results, memory, places, dtypes)
            return how
        except Exception as error:
            if how == "float32" or not is_out_of_memory(error):
                raise
        # Outside the handler: its traceback keeps the tensors alive.
        release_cache(memory.device)
    raise AssertionError("unreachable")


def _widened(binding, dtype):
    """Exact copies; what is no floating-point tensor stays as it is."""
    return [tensor.to(dtype) if tensor.dtype.is_floating_point else tensor
            for tensor in binding.inputs]


def _copy_out(results, memory, places, dtypes):
    for result, place, dtype in zip(results, places, dtypes, strict=True):
        target = memory.tensor(place, dtype, tuple(result.shape), write=True)
        target.copy_(result.detach())


def release_cache(device, collect=True):
    """`collect`: also what waits for the collector, a tenth of a second."""
    if collect:
        gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
