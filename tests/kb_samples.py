#!/usr/bin/env python3
"""Compiles every code sample of the knowledge base.

    kb_samples.py [--cache DIR] [--knowledge DIR] [--compiler g++]

C++ always; CUDA where nvcc is found; Python is compiled to byte code always, and
its Triton kernels for sm_90 where KE_PYTHON names a python with triton. What is
skipped is said. A sample that compiled once under the same compiler is not
compiled again.
"""

import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^[ \t]*```([^\n]*)\n(.*?)^[ \t]*```[ \t]*$",
                   re.MULTILINE | re.DOTALL)
CPP_FLAGS = ["-std=c++20", "-O2", "-march=x86-64-v3", "-fopenmp-simd", "-Wall",
             "-Werror", "-c"]
CUDA_FLAGS = ["-std=c++17", "-arch=sm_90a", "-cubin"]
TIMEOUT_S = 300


def samples_in(knowledge):
    """(document, line, tag, code) of every sample that is to be compiled."""
    for path in sorted(knowledge.rglob("*.md")):
        name = path.relative_to(knowledge)
        if name.parts[0] in ("recipes", "skills"):
            continue
        text = path.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            tag = match.group(1).strip()
            if tag in ("cpp", "cuda", "python"):
                line = text.count("\n", 0, match.start()) + 1
                yield f"{name}:{line}", tag, match.group(2)


def find_nvcc():
    return shutil.which("nvcc") or shutil.which("/usr/local/cuda/bin/nvcc")


def has_triton(python):
    return python and subprocess.run(
        [python, "-c", "import triton"], capture_output=True).returncode == 0


def version_of(command):
    return subprocess.run(command, capture_output=True, text=True).stdout


class Tools:
    """For each tag: file suffix, commands and what identifies them."""

    def __init__(self, compiler):
        include = ["-I", str(ROOT / "include")]
        self.skipped = {}
        self.of = {"cpp": (".cc", [[compiler, *CPP_FLAGS, *include]],
                           version_of([compiler, "--version"]))}
        nvcc = find_nvcc()
        if nvcc:
            self.of["cuda"] = (".cu", [[nvcc, *CUDA_FLAGS, *include]],
                               version_of([nvcc, "--version"]))
        else:
            self.skipped["cuda"] = "nvcc is not found"
        self.set_python(os.environ.get("KE_PYTHON"))

    def set_python(self, python):
        script = ROOT / "tests" / "kb_triton.py"
        commands = [[sys.executable, "-m", "py_compile"]]
        known = sys.version
        if has_triton(python):
            commands.append([python, str(script)])
            known += script.read_text() + version_of(
                [python, "-c", "import triton; print(triton.__version__)"])
        else:
            self.skipped["Triton"] = (
                "KE_PYTHON names no python with triton; syntax is checked alone")
        self.of["python"] = (".py", commands, known)


def compile_sample(tools, cache, tag, code):
    """'' or what the compiler said."""
    suffix, commands, known = tools.of[tag]
    header = (ROOT / "include" / "kernelevolve" / "abi.h").read_text()
    digest = hashlib.sha256("\0".join(
        [repr(commands), known, header, code]).encode()).hexdigest()
    if (cache / digest).exists():
        return ""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / ("sample" + suffix)
        source.write_text(code)
        for command in commands:
            try:
                run = subprocess.run([*command, str(source)], cwd=folder,
                                     capture_output=True, text=True,
                                     timeout=TIMEOUT_S)
            except subprocess.TimeoutExpired:
                return f"not done after {TIMEOUT_S} s"
            if run.returncode != 0:
                return (run.stderr + run.stdout).strip()
    (cache / digest).touch()
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", type=pathlib.Path,
                        default=ROOT / "build" / "kb_samples")
    parser.add_argument("--knowledge", type=pathlib.Path,
                        default=ROOT / "knowledge")
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    tools = Tools(options.compiler)
    samples = [sample for sample in samples_in(options.knowledge)
               if sample[1] in tools.of]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        complaints = list(pool.map(
            lambda sample: compile_sample(tools, options.cache, *sample[1:]),
            samples))
    for (where, tag, _), complaint in zip(samples, complaints):
        if complaint:
            print(f"{where}: {tag} sample: {complaint}")
    for what, reason in tools.skipped.items():
        print(f"skipped: {what}: {reason}")
    failed = sum(map(bool, complaints))
    print(f"{len(samples) - failed} of {len(samples)} samples compile")
    return 1 if failed or not samples else 0


if __name__ == "__main__":
    sys.exit(main())
