# One graph for each shape, captured once. Each call copies its inputs to where the
# graph reads them, and the graph computes anew.
import torch
import triton
import triton.language as tl

@triton.jit
def sums(x, y, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    total = tl.zeros([BLOCK], tl.float32)
    for begin in range(0, n, BLOCK):
        at = begin + tl.arange(0, BLOCK)
        total += tl.load(x + row * n + at, mask=at < n, other=0.0)
    tl.store(y + row, tl.sum(total, 0))


graphs = {}


class Captured:
    def __init__(self, x):
        self.x = torch.empty_like(x)
        self.y = torch.empty(x.shape[0], device=x.device, dtype=x.dtype)
        self.launch()
        torch.cuda.synchronize()
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.launch()

    def launch(self):
        rows, n = self.x.shape
        sums[(rows,)](self.x, self.y, n, BLOCK=256)

    def __call__(self, x, y):
        self.x.copy_(x)
        self.graph.replay()
        y.copy_(self.y)


def run(x, *, outputs, workspace):
    shape = tuple(x.shape)
    if shape not in graphs:
        graphs[shape] = Captured(x)
    graphs[shape](x, outputs[0])
