#!/usr/bin/env python3
"""A kernel against itself on a GPU: what the judge says of no difference.

    bench/gpu_same_kernel.py [--program build/bin/kernelevolve] [--repeat 3]
                             [--stage final] [-o FILE]

The candidate and one member of the panel are the same Triton kernel: one runs in
our launcher from its plan, the other in PyTorch's process from a CUDA graph. The
rest of the panel computes in float64, which is slower, so the headline compares
the two. Prints for each verdict: the ratio, its 95 % interval, the half-width in
percent and whether the interval contains 1. Needs an NVIDIA device; 3 without."""
import argparse, json, os, subprocess, sys, tempfile

import gpu_throughput

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

KERNEL = '''import torch
import triton
import triton.language as tl


@triton.jit
def softmax(x, y, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    v = tl.load(x + row * n + at, mask=at < n, other=-float("inf"))
    e = tl.exp(v - tl.max(v, 0))
    tl.store(y + row * n + at, e / tl.sum(e, 0), mask=at < n)


def launch(x, y):
    n = x.shape[-1]
    softmax[(x.numel() // n,)](x, y, n, BLOCK=triton.next_power_of_2(n), num_warps=8)
'''
CANDIDATE = KERNEL + '''

def run(x, outputs, workspace):
    launch(x, outputs[0])
'''
SAME = KERNEL + '''

def reference(x):
    y = torch.empty_like(x)
    launch(x, y)
    return y
'''
SLOW = '''import torch


def reference(x):
    return torch.softmax(x.double(), dim=-1).to(x.dtype)
'''
TASK = '''name = "same"
summary = "row-wise softmax against itself"
operator = "softmax"
dims = ["rows", "cols"]
[[inputs]]
name = "x"
dtype = "f32"
shape = ["rows", "cols"]
values = "normal(0, 1)"
[[outputs]]
name = "y"
dtype = "f32"
shape = ["rows", "cols"]
[[shapes]]
name = "square"
rows = 4096
cols = 4096
[domain]
rows = [1, 4096]
cols = [1, 8192]
[cost]
flops = "5 * rows * cols"
bytes = "8 * rows * cols"
[reference]
cpp = "reference.cc"
torch = "reference.py"
[[baselines]]
name = "same"
torch = "same.py"
'''


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "bin", "kernelevolve"))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--device", default="sm_90")
    parser.add_argument("--stage", default="final")
    parser.add_argument("-o", "--output")
    options = parser.parse_args()
    out = open(options.output, "a") if options.output else sys.stdout
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(ROOT, "tasks", "softmax", "reference.cc")) as source:
            reference = source.read()
        for name, text in (("task.toml", TASK), ("reference.cc", reference), ("reference.py", SLOW),
                           ("same.py", SAME), ("candidate.py", CANDIDATE)):
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        argv = [options.program, "evaluate", folder, *[os.path.join(folder, "candidate.py")] * options.repeat,
                "--target", f"triton@{options.device}", "--stage", options.stage, "--json"]
        run = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        for line in run.stdout:
            verdict = json.loads(line)
            if verdict["code"] == "NO_DEVICE":
                print(verdict["message"], file=sys.stderr)
                sys.exit(3)
            low, high = verdict["speedup_ci"]
            print(json.dumps({"device": gpu_throughput.device_name(), "status": verdict["status"],
                              "message": verdict["message"], "baseline": verdict["baseline"], "ratio": round(verdict["speedup"], 5),
                              "interval": [round(low, 5), round(high, 5)],
                              "half_width_percent": round(50 * (high - low), 3),
                              "contains_1": low <= 1 <= high,
                              "us": [round(shape["time_us"], 3) for shape in verdict["shapes"]]}), file=out, flush=True)


if __name__ == "__main__":
    main()
