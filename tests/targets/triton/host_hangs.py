# Stops answering in its fifth call.
import triton
import triton.language as tl


@triton.jit
def softmax(x, y, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    v = tl.load(x + row * n + at, mask=at < n, other=-float("inf"))
    e = tl.exp(v - tl.max(v, 0))
    tl.store(y + row * n + at, e / tl.sum(e, 0), mask=at < n)


calls = 0


def run(x, outputs, workspace):
    global calls
    calls += 1
    n = x.shape[-1]
    x.view(-1)[0].item()
    softmax[(x.numel() // n,)](x, outputs[0], n, BLOCK=triton.next_power_of_2(n))
    while calls == 5:
        pass
