"""What the first call in a process would wait for, seconds altogether: modules that
torch imports late, Triton's compiler, a first capture. Done before there is a
candidate, while the judge has other work.

No library of torch's is called: at its first product cuBLAS reads settings that
are the candidate's to make."""

import traceback

import torch

SIDE = 16


def warm_up(device, own):
    """What does not work here is not needed by every candidate."""
    try:
        with torch.no_grad():
            with own.listening():
                torch.ones(SIDE, device=device) + 1
            if device.type == "cuda":
                _warm_device(device)
    except Exception:
        traceback.print_exc()
    finally:
        own.operations.clear()


def _warm_device(device):
    stream = torch.cuda.Stream(device)
    with torch.cuda.stream(stream):
        _work(device)
    torch.cuda.synchronize(device)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
        _work(device)
    graph.replay()
    torch.cuda.synchronize(device)
    del graph
    # Nothing of it may lie where a candidate's first tensors will.
    torch.cuda.empty_cache()


def _work(device):
    from .warm_kernel import add_one
    x = torch.ones(SIDE, device=device)
    add_one[(1,)](x, torch.empty_like(x), SIDE, BLOCK=SIDE)
