#!/usr/bin/env python3
"""The same kernels through KernelBench's own evaluator and through ours.

    bench/gpu_kernelbench_eval.py --kernelbench CLONE [--program build/bin/kernelevolve]
                                  [--count 20] [--theirs N] [--jobs N] [-o FILE]

CLONE is a checkout of ScalingIntelligence/KernelBench. COUNT CUDA kernels of a
row-wise softmax (those of gpu_throughput.py) are written once as ModelNew with
torch's inline extension, as KernelBench wants them, and once as ours. Each of
theirs is judged by eval_kernel_against_ref in a process of its own, one after
another, as its scripts do for one device: 5 correctness trials, 100 timed ones.
Ours are judged by one `evaluate --jobs N`. Prints kernels per second of both and
the ratio. --theirs N judges only the first N of theirs and says so. Needs an
NVIDIA device (3 without), and pydantic beside torch."""
import argparse, json, os, statistics, subprocess, sys, tempfile, time

import gpu_throughput as ours

MODEL = '''import torch
import torch.nn as nn


class Model(nn.Module):
    def forward(self, x):
        return torch.softmax(x, dim=-1)


def get_inputs():
    return [torch.randn(4096, 4096)]


def get_init_inputs():
    return []
'''

MODEL_NEW = '''import torch
import torch.nn as nn
from torch.utils.cpp_extension import load_inline

SOURCE = r"""
#include <torch/extension.h>
{kernel}
torch::Tensor softmax(torch::Tensor x) {{
  auto y = torch::empty_like(x);
  softmax_{i}<<<x.size(0), kThreads>>>(x.data_ptr<float>(), y.data_ptr<float>(), x.size(1));
  return y;
}}
"""
extension = load_inline(name="softmax_{i}", cpp_sources="torch::Tensor softmax(torch::Tensor x);",
                        cuda_sources=SOURCE, functions=["softmax"])


class ModelNew(nn.Module):
    def forward(self, x):
        return extension.softmax(x)
'''

# Its modules that call language models are imported beside the evaluator, which
# does not need them: empty ones stand in.
RUN_THEIRS = '''import sys, types
for name, names in (("dotenv", ["load_dotenv"]), ("openai", ["OpenAI"]), ("litellm", ["completion"])):
    module = types.ModuleType(name)
    for each in names:
        setattr(module, each, lambda *a, **k: None)
    sys.modules.setdefault(name, module)
clone, model, candidate, build = sys.argv[1:]
sys.path.insert(0, clone + "/src")
from kernelbench.eval import eval_kernel_against_ref
result = eval_kernel_against_ref(open(model).read(), open(candidate).read(), measure_performance=True,
                                 num_correct_trials=5, num_perf_trials=100, build_dir=build, backend="cuda")
print("compiled", result.compiled, "correct", result.correctness, "runtime", result.runtime)
sys.exit(0 if result.correctness else 1)
'''


def their_seconds(clone, python, folder, files):
    """Seconds of each, source to verdict."""
    model, runner = os.path.join(folder, "model.py"), os.path.join(folder, "run_theirs.py")
    for name, text in ((model, MODEL), (runner, RUN_THEIRS)):
        with open(name, "w") as file:
            file.write(text)
    seconds = []
    for name in files:
        i = int(os.path.basename(name)[1:4])  # its kernel is called softmax_I
        with open(name) as file:
            kernel = file.read().split('extern "C"')[0].replace("#include <kernelevolve/abi.h>\n", "")
        candidate = os.path.join(folder, f"model_new_{i}.py")
        with open(candidate, "w") as file:
            file.write(MODEL_NEW.format(i=i, kernel=kernel))
        build = os.path.join(folder, f"build_{i}")
        os.makedirs(build)
        start = time.monotonic()
        run = subprocess.run([python, runner, clone, model, candidate, build],
                             capture_output=True, text=True,
                             env={**os.environ, "TORCH_EXTENSIONS_DIR": build})
        seconds.append(time.monotonic() - start)
        if run.returncode:
            sys.exit(f"their evaluator did not accept kernel {i}:\n{run.stdout[-1000:]}{run.stderr[-2000:]}")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernelbench", required=True)
    parser.add_argument("--program", default=os.path.join(ours.ROOT, "build", "bin", "kernelevolve"))
    parser.add_argument("--python", default=os.environ.get("KE_PYTHON", sys.executable))
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--theirs", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--device", default="sm_90")
    parser.add_argument("-o", "--output")
    options = parser.parse_args()
    out = open(options.output, "a") if options.output else sys.stdout
    with tempfile.TemporaryDirectory() as folder:
        task, place = os.path.join(folder, "rows"), os.path.join(folder, "cuda")
        ours.write_task(task)
        os.makedirs(place)
        # Those before the counted ones start processes, panel and caches, which
        # a search pays once; theirs has nothing that lasts from kernel to kernel.
        warm = 2 * options.jobs
        files = ours.write_kernels("cuda", warm + options.count, place)
        target = f"cuda@{options.device}"
        verdicts = ours.judge(options.program, task, files, target, options.jobs)
        if verdicts and verdicts[0][1]["code"] == "NO_DEVICE":
            print(verdicts[0][1]["message"], file=sys.stderr)
            sys.exit(3)
        if len(verdicts) != len(files):
            sys.exit("no verdict: see the messages above")
        mine = options.count / (verdicts[-1][0] - verdicts[warm - 1][0])
        judged = files[warm:][:options.theirs or options.count]
        theirs = their_seconds(options.kernelbench, options.python, folder, judged)
    print(json.dumps({"device": ours.device_name(), "kernels": options.count, "jobs": options.jobs,
                      "accepted": sum(v["status"] == "ACCEPT" for _, v in verdicts[warm:]),
                      "others": ours.not_accepted([v for _, v in verdicts[warm:]]),
                      "ours_per_second": round(mine, 2), "judged_by_theirs": len(theirs),
                      "their_median_seconds": round(statistics.median(theirs), 2),
                      "theirs_per_second": round(len(theirs) / sum(theirs), 4),
                      "ratio": round(mine * sum(theirs) / len(theirs), 1)}), file=out, flush=True)


if __name__ == "__main__":
    main()
