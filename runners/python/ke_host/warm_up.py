"""Whatever the first call in a process waits for, seconds altogether: modules that
torch imports late, Triton's compiler, cuBLAS, a first capture. Done before there
is a candidate, while the judge has other work."""

import torch

SIDE = 16


def warm_up(device, own):
    with torch.no_grad():
        with own.listening():
            _multiply(device, torch.float32)
        own.operations.clear()
        if device.type == "cuda":
            _warm_device(device)


def _multiply(device, dtype):
    square = torch.ones(SIDE, SIDE, dtype=dtype, device=device)
    return square @ square


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
    torch._C._cuda_clearCublasWorkspaces()
    torch.cuda.empty_cache()


def _work(device):
    from .warm_kernel import add_one
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        _multiply(device, dtype)
    x = torch.ones(SIDE, device=device)
    add_one[(1,)](x, torch.empty_like(x), SIDE, BLOCK=SIDE)
