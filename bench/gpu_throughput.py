#!/usr/bin/env python3
"""Source to search-stage verdict on a GPU, with many kernels in hand.

    bench/gpu_throughput.py [--program build/bin/kernelevolve] [--count 200]
                            [--jobs N] [--language triton|cuda|both] [--core]
                            [-o FILE]

Writes COUNT different kernels of a row-wise softmax, 4096 x 4096 f32, judges
them all with `evaluate --jobs N` and prints, for each language: kernels per
second from the first verdict to the last (start-up of processes and the panel
apart), the median build, correctness, timing, device-exclusive and profile
milliseconds, the code of each that was not accepted, how many each of several
devices judged, and how long one warm kernel takes alone, from one verdict to
the next. With --core: with the checks alone that every harness has, those of
bench/judge_cost.py; what all of them add is the difference.
Needs an NVIDIA device; says so and ends with 3 where there is none."""
import argparse, collections, json, os, pathlib, shutil, statistics, subprocess, sys, tempfile, time

import judge_cost

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

TRITON = '''import triton
import triton.language as tl


@triton.jit
def softmax_{i}(x, y, n, BLOCK: tl.constexpr, ROWS: tl.constexpr):
    for r in tl.static_range(ROWS):
        row = (tl.program_id(0) * ROWS + r).to(tl.int64)
        at = tl.arange(0, BLOCK)
        v = tl.load(x + row * n + at, mask=at < n, other=-float("inf"))
        e = tl.exp2((v - tl.max(v, 0)) * {log2e})
        tl.store(y + row * n + at, e * (1.0 / tl.sum(e, 0)), mask=at < n)


def run(x, outputs, workspace):
    n = x.shape[-1]
    rows = x.numel() // n
    step = {rows} if rows % {rows} == 0 else 1
    softmax_{i}[(rows // step,)](x, outputs[0], n, BLOCK=triton.next_power_of_2(n),
                                 ROWS=step, num_warps={warps}, num_stages={stages})
'''

CUDA = '''#include <cuda_runtime.h>
#include <kernelevolve/abi.h>

constexpr int kThreads = {threads};

template <bool MAX>
__device__ float Reduce(float v, float* scratch) {{
  for (int o = 16; o; o /= 2) {{
    const float w = __shfl_xor_sync(~0u, v, o);
    v = MAX ? fmaxf(v, w) : v + w;
  }}
  if (threadIdx.x % 32 == 0) scratch[threadIdx.x / 32] = v;
  __syncthreads();
  v = scratch[0];
  for (int i = 1; i < kThreads / 32; ++i)
    v = MAX ? fmaxf(v, scratch[i]) : v + scratch[i];
  __syncthreads();
  return v;
}}

__global__ void __launch_bounds__(kThreads)
    softmax_{i}(const float* __restrict__ x, float* __restrict__ y, long n) {{
  __shared__ float scratch[32];
  const float* in = x + blockIdx.x * n;
  float* out = y + blockIdx.x * n;
  float top = -INFINITY;
#pragma unroll {unroll}
  for (long i = threadIdx.x; i < n; i += kThreads) top = fmaxf(top, in[i]);
  top = Reduce<true>(top, scratch);
  float sum = 0;
#pragma unroll {unroll}
  for (long i = threadIdx.x; i < n; i += kThreads) sum += __expf(in[i] - top);
  sum = 1 / Reduce<false>(sum, scratch);
#pragma unroll {unroll}
  for (long i = threadIdx.x; i < n; i += kThreads) out[i] = __expf(in[i] - top) * sum;
}}

extern "C" int ke_run(const ke_call* call) {{
  const long n = call->inputs[0].shape[1];
  softmax_{i}<<<call->inputs[0].shape[0], kThreads, 0, (cudaStream_t)call->stream>>>(
      (const float*)call->inputs[0].data, (float*)call->outputs[0].data, n);
  return cudaGetLastError();
}}
'''


def write_task(folder):
    """The shipped softmax at one shape."""
    shipped = os.path.join(ROOT, "tasks", "softmax")
    os.makedirs(folder)
    for name in ("reference.cc", "reference.py"):
        with open(os.path.join(shipped, name)) as source:
            text = source.read()
        with open(os.path.join(folder, name), "w") as copy:
            copy.write(text)
    with open(os.path.join(folder, "task.toml"), "w") as task:
        task.write('''name = "rows"
summary = "row-wise softmax at one shape, for measuring throughput"
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
''')


def write_kernels(language, count, folder):
    files = []
    for i in range(count):
        if language == "triton":
            text = TRITON.format(i=i, log2e=1.4426950408889634, rows=(1, 2, 4)[i % 3],
                                 warps=(4, 8, 16)[i // 3 % 3], stages=1 + i // 9 % 3)
        else:
            text = CUDA.format(i=i, threads=(128, 256, 512, 1024)[i % 4],
                               unroll=1 + i // 4 % 8)
        name = os.path.join(folder, f"k{i:03}" + (".py" if language == "triton" else ".cu"))
        with open(name, "w") as file:
            file.write(text)
        files.append(name)
    return files


def judge(program, task, files, target, jobs, off):
    argv = [program, "evaluate", task, *files, "--target", target, "--jobs", str(jobs), "--json"]
    for check in off:
        argv += ["--without-check", check]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    verdicts = []
    for line in process.stdout:
        verdicts.append((time.monotonic(), json.loads(line)))
    process.wait()
    return verdicts


def device_name():
    return (device_names() or [""])[0]


def device_names():
    """Of all devices of this machine, whatever CUDA_VISIBLE_DEVICES leaves of them."""
    if not shutil.which("nvidia-smi"):
        return []
    listed = subprocess.run(["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"],
                            capture_output=True, text=True)
    return [name.strip() for name in listed.stdout.splitlines()]


def medians(accepted):
    return {phase: round(statistics.median(v["phases_ms"][phase] for v in accepted), 2)
            for phase in ("build", "correctness", "timing", "device_exclusive", "profile")} if accepted else {}


def not_accepted(verdicts):
    return sorted({v["code"] + ": " + v["message"][:100] for v in verdicts if v["status"] != "ACCEPT"})


def report(language, verdicts, jobs, off, out):
    if not verdicts:
        sys.exit("no verdict: see the messages above")
    if verdicts[0][1]["code"] == "NO_DEVICE":
        print(verdicts[0][1]["message"], file=sys.stderr)
        sys.exit(3)
    # Verdicts come in order, so those of the first wave wait for each other.
    skip = min(2 * jobs, len(verdicts) // 2)
    span = verdicts[-1][0] - verdicts[skip - 1][0]
    rate = (len(verdicts) - skip) / span
    accepted = [v for _, v in verdicts if v["status"] == "ACCEPT"]
    line = {"device": device_name(), "language": language, "kernels": len(verdicts), "accepted": len(accepted), "jobs": jobs,
            "checks": "core" if off else "all",
            "per_second": round(rate, 2), "median_ms": medians(accepted),
            "others": not_accepted([v for _, v in verdicts])}
    lanes = collections.Counter(note for _, v in verdicts for note in v["notes"] if note.startswith("judged on device"))
    if lanes:
        line["lanes"] = {note.split(":")[0]: count for note, count in sorted(lanes.items())}
    print(json.dumps(line), file=out, flush=True)


def report_alone(language, verdicts, off, out):
    """The first ones warm up, the rest are single verdicts."""
    ends = [end for end, _ in verdicts]
    alone = [1e3 * (end - before) for before, end in zip(ends[2:], ends[3:])]
    if not alone:
        return
    accepted = [v for _, v in verdicts[3:] if v["status"] == "ACCEPT"]
    print(json.dumps({"language": language, "checks": "core" if off else "all", "one_warm_kernel_ms": round(statistics.median(alone), 1),
                      "median_ms": medians(accepted)}), file=out, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "bin", "kernelevolve"))
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--language", choices=["triton", "cuda", "both"], default="both")
    parser.add_argument("--device", default="sm_90")
    parser.add_argument("--core", action="store_true")
    parser.add_argument("-o", "--output")
    options = parser.parse_args()
    programs = pathlib.Path(options.program).parent
    off = [name for name in judge_cost.all_checks(programs)
           if name not in judge_cost.CORE] if options.core else []
    out = open(options.output, "a") if options.output else sys.stdout
    with tempfile.TemporaryDirectory() as folder:
        task = os.path.join(folder, "rows")
        write_task(task)
        for language in ("triton", "cuda"):
            if options.language not in (language, "both"):
                continue
            place = os.path.join(folder, language)
            os.makedirs(place)
            files = write_kernels(language, options.count, place)
            target = f"{language}@{options.device}"
            if len(device_names()) > 1:
                # Verdicts come in order: those of a device that still prepares its panel
                # would hold back the others', and all would seem to come at once.
                judge(options.program, task, files[:4 * options.jobs], target, options.jobs, off)
            report(language, judge(options.program, task, files, target, options.jobs, off),
                   options.jobs, off, out)
            report_alone(language, judge(options.program, task, files[:8], target, 1, off), off, out)


if __name__ == "__main__":
    main()
