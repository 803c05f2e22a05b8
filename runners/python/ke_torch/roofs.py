"""What this device reaches at best: bandwidths, matrix products, a launch."""

import time

import torch

from .failure import is_out_of_memory
from .oracle import release_cache
from .precision import arithmetic

_REPEATS = 10
# f32 and f64 without tensor cores would take seconds at the larger size.
_PRODUCTS = (("f16", torch.float16, False, 8192),
             ("bf16", torch.bfloat16, False, 8192),
             ("tf32", torch.float32, True, 8192),
             ("f32", torch.float32, False, 4096),
             ("f64", torch.float64, False, 4096))


def measure_roofs(device):
    scale = 1 if device.type == "cuda" else 64  # a CPU only proves the path
    roofs = {}
    _measure_bandwidth(device, (1 << 30) // scale, roofs)
    flops = {}
    for name, dtype, tf32, size in _PRODUCTS:
        with arithmetic(tf32=tf32):
            flops[name] = _product_rate(device, dtype, size // scale)
        release_cache(device)
    if device.type == "cuda":
        _add_fp8(device, flops)
        roofs["launch_us"] = _launch_floor(device)
    roofs["flops_per_second"] = flops
    return roofs


def _seconds(device, work):
    """The least of several runs, each with the device kept busy before."""
    for _ in range(3):
        work()
    if device.type == "cpu":
        begin = time.perf_counter()
        work()
        return max(time.perf_counter() - begin, 1e-9)
    best = float("inf")
    for _ in range(_REPEATS):
        begin = torch.cuda.Event(enable_timing=True)
        end = torch.cuda.Event(enable_timing=True)
        torch.cuda._sleep(100_000)
        begin.record()
        work()
        end.record()
        end.synchronize()
        best = min(best, begin.elapsed_time(end) / 1e3)
    return best


def _measure_bandwidth(device, size, roofs):
    while True:
        try:
            source = torch.ones(size // 4, dtype=torch.int32, device=device)
            target = torch.empty_like(source)
            break
        except RuntimeError as error:
            if not is_out_of_memory(error) or size <= 1 << 26:
                raise
            size //= 2
    # A kernel may beat the driver's own copy.
    roofs["copy_bytes_per_second"] = 2 * size / min(
        _seconds(device, lambda: target.copy_(source)),
        _seconds(device, lambda: torch.bitwise_not(source, out=target)))
    roofs["write_bytes_per_second"] = size / _seconds(
        device, lambda: target.fill_(7))
    numbers = source.view(torch.float32)
    roofs["read_bytes_per_second"] = size / _seconds(
        device, lambda: torch.sum(numbers))
    del source, target, numbers
    release_cache(device)


def _product_rate(device, dtype, size):
    # Random numbers: zeros draw less power and run at a higher clock.
    left = torch.randn(size, size, device=device).to(dtype)
    right = torch.randn(size, size, device=device).to(dtype)
    out = torch.empty(size, size, dtype=dtype, device=device)
    return 2 * size**3 / _seconds(
        device, lambda: torch.matmul(left, right, out=out))


def _add_fp8(device, flops, size=8192):
    """Where the device has no such product the entry is left out."""
    try:
        left = torch.randn(size, size, device=device).to(torch.float8_e4m3fn)
        right = torch.randn(size, size, device=device).to(
            torch.float8_e4m3fn).t()
        one = torch.ones((), device=device)
        flops["f8e4m3"] = 2 * size**3 / _seconds(
            device, lambda: torch._scaled_mm(
                left, right, scale_a=one, scale_b=one,
                out_dtype=torch.bfloat16, use_fast_accum=True))
    except (RuntimeError, ValueError, TypeError, AttributeError):
        pass
    release_cache(device)


def _launch_floor(device):
    """A graph of one kernel that does nothing, from event to event."""
    stream = torch.cuda.Stream(device)
    with torch.cuda.stream(stream):
        torch.cuda._sleep(0)
    torch.cuda.synchronize(device)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream,
                          capture_error_mode="thread_local"):
        torch.cuda._sleep(0)
    with torch.cuda.stream(stream):
        return _seconds(device, graph.replay) * 1e6
