#!/usr/bin/env python3
"""Compiles the CUDA recipes for sm_90a; no GPU is needed.

    recipe_check_cuda.py [--sources bin/recipe_sources] [--only TEXT] [--all]

Every recipe is instantiated for every shipped task that it fits, in each
floating dtype, and compiled with its default parameters and options; --all
takes every option, and every value of every parameter once. A kernel that
spills registers is named. Exit 77: skipped, for the printed reason.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from recipe_check_triton import ROOT, SKIPPED, combinations, selected

FLAGS = ["-std=c++17", "-gencode=arch=compute_90a,code=sm_90a", "-cubin",
         "-Xptxas", "-v", "-Werror", "all-warnings", "-I",
         str(ROOT / "include")]
TIMEOUT_S = 300


def compile_one(nvcc, source, values):
    """'' or what nvcc said; and the bytes spilled."""
    with tempfile.TemporaryDirectory() as folder:
        defines = [f"-D{name}={value}" for name, value in values.items()]
        run = subprocess.run(
            [nvcc, *FLAGS, *defines, "-o", f"{folder}/o.cubin", str(source)],
            capture_output=True, text=True, timeout=TIMEOUT_S)
    said = run.stdout + run.stderr
    spilled = sum(map(int, re.findall(r"(\d+) bytes spill stores", said)))
    return ("" if run.returncode == 0 else said.strip()[:2000]), spilled


def jobs_of(options, folder, dtype):
    made = subprocess.run([options.sources, "cuda", dtype, folder, ROOT],
                          stdout=subprocess.PIPE, text=True, check=True)
    entries = [json.loads(line) for line in made.stdout.splitlines()]
    for entry in selected(entries, options):
        path = pathlib.Path(folder) / entry["file"]
        for values in combinations(path.read_text(), options.all):
            yield entry["file"], entry["options"], path, values


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sources",
                        default=str(ROOT / "build/bin/recipe_sources"))
    parser.add_argument("--only", default="")
    parser.add_argument("--dtypes", default="f32 f16 bf16")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    nvcc = shutil.which("nvcc") or shutil.which("/usr/local/cuda/bin/nvcc")
    if not nvcc:
        print("skipped: nvcc is not found")
        return SKIPPED
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        jobs = [job for dtype in options.dtypes.split()
                for job in jobs_of(options, folder, dtype)]
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            said = pool.map(lambda job: compile_one(nvcc, *job[2:]), jobs)
            for (file, choice, _, values), (complaint, spilled) in zip(jobs,
                                                                       said):
                if complaint:
                    failed += 1
                    print(f"FAILED {file} {choice} {values}: {complaint}")
                elif spilled:
                    print(f"{file} {choice} {values}: {spilled} bytes spilled")
    print(f"{len(jobs) - failed} of {len(jobs)} instantiations compile")
    return 1 if failed or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
