# Eight streams share the work, and the call waits for all of them.
import torch
import triton
import triton.language as tl

@triton.jit
def add(a, b, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(a + at, mask=at < n) + tl.load(b + at, mask=at < n)
    tl.store(y + at, value, mask=at < n)

STREAMS = 8
streams = []


def run(a, b, *, outputs, workspace):
    while len(streams) < STREAMS:
        streams.append(torch.cuda.Stream())
    n, y = a.numel(), outputs[0]
    part = triton.cdiv(n, STREAMS)
    here = torch.cuda.current_stream()
    for index, stream in enumerate(streams):
        begin, end = index * part, min((index + 1) * part, n)
        if begin >= end:
            continue
        stream.wait_stream(here)
        with torch.cuda.stream(stream):
            add[(triton.cdiv(end - begin, 1024),)](
                a[begin:end], b[begin:end], y[begin:end], end - begin, BLOCK=1024)
        here.wait_stream(stream)
