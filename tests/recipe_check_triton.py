#!/usr/bin/env python3
"""Runs and compiles the Triton recipes without a GPU.

    recipe_check_triton.py [--sources bin/recipe_sources] [--only TEXT] [--all]

Every recipe is instantiated for every shipped task that it fits. It runs in
Triton's interpreter against the task's reference.py at small odd shapes, and its
launches at the task's GPU shapes are compiled for sm_90. By default with its
default parameters and options; --all takes every option, and every value of
every parameter once. Exit 77: skipped, for the printed reason.
"""

import argparse
import ast
import collections
import importlib.util
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
SKIPPED = 77
SHARED_LIMIT = 232448
TUNE = re.compile(r"^(?:#|//) ke:tune (\w+) = (\S+) in \{([^}]*)\}(?: when (.*))?$",
                  re.MULTILINE)
# Extents that no tile divides, and the smallest ones.
SMALL = {
    "attention": [dict(b=1, h=2, s=37, d=24), dict(b=1, h=1, s=1, d=1),
                  dict(b=1, h=1, s=150, d=40)],
    "batch_event_truncate": [
        dict(lists=5, events=37, items=151, max_events=4),
        dict(lists=1, events=1, items=1, max_events=1),
        dict(lists=9, events=20, items=77, max_events=100)],
    "conv1d": [dict(n=2, c_in=5, c_out=7, l=37), dict(n=1, c_in=1, c_out=1, l=1),
               dict(n=1, c_in=48, c_out=70, l=65)],
    "map_id": [dict(unique=100, batch=333), dict(unique=1, batch=1),
               dict(unique=1025, batch=77)],
    "matmul": [dict(m=37, n=41, k=29), dict(m=1, n=1, k=1),
               dict(m=130, n=33, k=150)],
    "mbdt": [dict(features=5, batch=77, borders=31),
             dict(features=1, batch=1, borders=1)],
    "optimized_fm": [dict(b=2, n=5, d=37, k=41), dict(b=1, n=1, d=1, k=1),
                     dict(b=1, n=70, d=40, k=150)],
    "pffn": [dict(b=2, n=5, d=37, k=41), dict(b=1, n=1, d=1, k=1),
             dict(b=1, n=70, d=40, k=35), dict(b=1, n=3, d=1100, k=20)],
    # One column would cancel to nothing but rounding.
    "rmsnorm_backward": [dict(rows=5, cols=37), dict(rows=1, cols=5),
                         dict(rows=3, cols=1040), dict(rows=2, cols=40001)],
}
ROWS = [dict(rows=5, cols=37), dict(rows=1, cols=1), dict(rows=3, cols=1040),
        dict(rows=2, cols=40001)]


class Shape:
    """A task's dims and attributes at one shape."""

    def __init__(self, task, values):
        self.dims = {dim: values[dim] for dim in task["dims"]}
        self.attributes = {
            entry["name"]: values.get(entry["name"], values.get(
                "attributes", {}).get(entry["name"], entry["default"]))
            for entry in task.get("attributes", [])}

    def extents(self, tensor):
        return [self.evaluate(entry) for entry in tensor["shape"]]

    def evaluate(self, entry):
        return int(eval(str(entry), {"max": max, "min": min}, self.dims))

    def __str__(self):
        words = {**self.dims, **self.attributes}
        return " ".join(f"{name}={value}" for name, value in words.items())


def dtype_of(torch, tensor, real):
    names = {"f32": real, "f16": "float16", "bf16": "bfloat16",
             "i64": "int64", "i32": "int32"}
    return getattr(torch, names[tensor["dtype"]])


def draw(torch, tensor, shape, real):
    """Values as the task declares them, roughly."""
    kind, _, rest = tensor["values"].partition("(")
    arguments = [eval(word, {"min": min, "max": max}, shape.dims)
                 for word in rest.rstrip(")").split(",") if word.strip()]
    extents, dtype = shape.extents(tensor), dtype_of(torch, tensor, real)
    if kind == "normal":
        return torch.normal(*map(float, arguments), extents).to(dtype)
    if kind == "uniform":
        low, high = arguments
        return (torch.rand(extents) * (high - low) + low).to(dtype)
    if kind == "randint":
        low, high = map(int, arguments)
        return torch.randint(low, high + 1, extents, dtype=dtype)
    if kind == "increasing":
        low, high = map(int, arguments)
        order = torch.randperm(high - low + 1)[:extents[0]]
        return (low + order.sort().values).to(dtype)
    if kind == "jagged_offsets":
        cuts = torch.randint(0, int(arguments[0]) + 1, (extents[0],)).sort()
        cuts.values[0], cuts.values[-1] = 0, int(arguments[0])
        return cuts.values.to(dtype)
    raise ValueError(f"values {kind}")


def tune_space(source):
    """Parameter -> (default, values), and the conditions as one function."""
    space, conditions = {}, []
    for name, default, values, condition in TUNE.findall(source):
        parse = lambda text: ast.literal_eval(text.strip().capitalize()
                                              if text.strip() in
                                              ("true", "false")
                                              else text.strip())
        space[name] = (parse(default), [parse(v) for v in values.split(",")])
        if condition:
            conditions.append(condition)
    return space, lambda chosen: all(eval(c, {}, chosen) for c in conditions)


def combinations(source, everything):
    """The defaults; with `everything`, each other value once."""
    space, admits = tune_space(source)
    defaults = {name: default for name, (default, _) in space.items()}
    yield defaults
    for name, (default, values) in space.items() if everything else ():
        for value in values:
            chosen = {**defaults, name: value}
            if value != default and admits(chosen):
                yield chosen


def load(path, values):
    spec = importlib.util.spec_from_file_location(path.stem.replace("-", "_"),
                                                  path)
    module = importlib.util.module_from_spec(spec)
    vars(module).update(values)
    spec.loader.exec_module(module)
    return module


def make_workspace(torch, module, inputs, outputs, attributes, device):
    if not hasattr(module, "workspace_bytes"):
        return None
    size = module.workspace_bytes(*inputs, outputs=outputs, **attributes)
    return torch.full((size,), 255, dtype=torch.uint8, device=device)


class Interpreted:
    """Runs candidates in Triton's interpreter and compares."""

    def __init__(self):
        import torch
        self.torch = torch
        torch.manual_seed(1)

    def shapes(self, task):
        return SMALL.get(re.sub("_(f16|bf16|tf32)$", "", task["name"]), ROWS)

    def expected(self, task, inputs, shape):
        module = load(ROOT / "tasks" / task["name"] / "reference.py", {})
        wide = [t.double() if t.is_floating_point() else t for t in inputs]
        results = module.reference(*wide, **shape.attributes)
        return results if isinstance(results, tuple) else (results,)

    def check(self, task, module, real, shape):
        torch = self.torch
        inputs = [draw(torch, t, shape, real) for t in task["inputs"]]
        wanted = self.expected(task, inputs, shape)
        outputs = []
        for tensor in task["outputs"]:
            dtype = dtype_of(torch, tensor, real)
            poison = float("nan") if dtype.is_floating_point else -7
            outputs.append(torch.full(shape.extents(tensor), poison,
                                      dtype=dtype))
        module.run(*inputs, outputs=outputs, workspace=make_workspace(
            torch, module, inputs, outputs, shape.attributes, "cpu"),
            **shape.attributes)
        for got, right in zip(outputs, wanted):
            if not got.is_floating_point():
                error = int((got != right).sum())
                limit = 0
            else:
                error = (got.double() - right).abs().max().item()
                limit = TOLERANCE[got.dtype.itemsize] * max(right.abs().max().item(), 1e-2)
            if not error <= limit:
                raise ValueError(f"error {error:.3g}, allowed {limit:.3g}")
        return 1


class Compiled:
    """Compiles what candidates launch, for sm_90."""

    def __init__(self):
        import torch
        import triton
        from triton.backends.compiler import GPUTarget
        from triton.compiler import ASTSource
        self.torch, self.triton = torch, triton
        self.target, self.source = GPUTarget("cuda", 90, 32), ASTSource
        self.done = {}
        self.count = 0
        # A function, not a bound method, so that the kernel comes first.
        triton.runtime.jit.JITFunction.run = (
            lambda kernel, *words, **named: self.launch(kernel, *words, **named))

    def shapes(self, task):
        chosen = [s for s in task["shapes"]
                  if "gpu" in s.get("for", []) or s["name"] == "odd"]
        return chosen or task["shapes"]

    def launch(self, kernel, *arguments, grid, warmup, **keywords):
        del warmup
        names = [p.name for p in kernel.params]
        constants = {k: v for k, v in keywords.items() if k in names}
        options = {k: v for k, v in keywords.items() if k not in names}
        if any(extent <= 0 for extent in grid) or math.prod(grid[1:]) > 65535**2:
            raise ValueError(f"grid {grid}")
        if any(extent > 65535 for extent in grid[1:]):
            raise ValueError(f"grid {grid}")
        signature, fixed, attrs = {}, {}, {}
        values = {**dict(zip(names, arguments)), **constants}
        for index, parameter in enumerate(kernel.params):
            value = values[parameter.name]
            if parameter.is_constexpr or type(value) is int and value == 1:
                signature[parameter.name] = "constexpr"
                fixed[(index,)] = value
                continue
            signature[parameter.name] = self.type_of(value)
            pointer = hasattr(value, "data_ptr")
            if pointer or isinstance(value, int) and value % 16 == 0:
                attrs[(index,)] = [["tt.divisibility", 16]]
        self.compile(kernel, signature, fixed, attrs, options)

    def type_of(self, value):
        torch = self.torch
        if hasattr(value, "data_ptr"):
            return "*" + {torch.float32: "fp32", torch.float16: "fp16",
                          torch.bfloat16: "bf16", torch.int64: "i64",
                          torch.int32: "i32", torch.uint8: "u8"}[value.dtype]
        if isinstance(value, float):
            return "fp32"
        return "i32" if abs(value) < 2**31 else "i64"

    def compile(self, kernel, signature, fixed, attrs, options):
        key = repr((kernel.fn.__module__, kernel.fn.__name__, signature, fixed,
                    attrs, options))
        if key in self.done:
            return
        built = self.triton.compile(
            self.source(kernel, signature, constexprs=fixed, attrs=attrs),
            target=self.target, options=options)
        self.done[key] = True
        self.count += 1
        if built.metadata.shared > SHARED_LIMIT:
            raise ValueError(f"{kernel.fn.__name__}: {built.metadata.shared} "
                             f"bytes of shared memory")
        self.check_registers(kernel, built)

    def check_registers(self, kernel, built):
        if not os.environ.get("KE_SPILLS"):
            return
        backend = pathlib.Path(self.triton.__file__).parent / "backends/nvidia"
        with tempfile.NamedTemporaryFile("w", suffix=".ptx") as ptx:
            ptx.write(built.asm["ptx"])
            ptx.flush()
            said = subprocess.run(
                [backend / "bin/ptxas", "-v", "--gpu-name=sm_90a", ptx.name,
                 "-o", "/dev/null"], capture_output=True, text=True).stderr
        spills = re.search(r"(\d+) bytes spill stores", said)
        used = re.search(r"Used (\d+) registers", said)
        print(f"    {kernel.fn.__name__}: {used and used[1]} registers, "
              f"{spills and spills[1]} spilled, {built.metadata.shared} shared, "
              f"{built.asm['ptx'].count('wgmma.mma_async')} wgmma, "
              f"{built.asm['ptx'].count('cp.async.cg') + built.asm['ptx'].count('cp.async.ca')} cp.async, "
              f"{len(re.findall(r'ld.global[^;]*v4', built.asm['ptx']))}/"
              f"{len(re.findall(r'ld.global', built.asm['ptx']))} wide loads")

    def check(self, task, module, real, shape):
        torch = self.torch

        def stand_ins(tensors):
            return [torch.empty(shape.extents(t), device="meta",
                                dtype=dtype_of(torch, t, real))
                    for t in tensors]
        inputs = stand_ins(task["inputs"])
        outputs = stand_ins(task["outputs"])
        before = self.count
        module.run(*inputs, outputs=outputs, workspace=make_workspace(
            torch, module, inputs, outputs, shape.attributes, "meta"),
            **shape.attributes)
        return self.count - before


TOLERANCE = {4: 1e-5, 2: 3e-3}  # by bytes of an element
REAL = {"f32": "float32", "f16": "float16", "bf16": "bfloat16"}


def selected(entries, options):
    """The best way of each recipe to fit a task; its defaults or all options."""
    best = {}
    for entry in entries:
        key = entry["task"], entry["recipe"]
        best[key] = max(best.get(key, 0), entry["fit"])
    seen = collections.Counter()
    for entry in entries:
        key = entry["task"], entry["recipe"]
        chosen = json.dumps([*key, entry["options"]])
        if entry["fit"] < best[key] or seen[chosen]:
            continue
        if not options.all and seen[key]:
            continue
        seen[chosen] += 1
        seen[key] += 1
        if options.only in f"{entry['task']} {entry['recipe']}":
            yield entry


def check_all(checker, folder, entries, options):
    counts, failures = collections.Counter(), 0
    for entry in selected(entries, options):
        task_file = ROOT / "tasks" / entry["task"] / "task.toml"
        task = tomllib.loads(task_file.read_text())
        if "torch" not in task["reference"]:
            continue
        # The interpreter's bfloat16 is wrong.
        if entry["task"].endswith("_bf16") and options.mode == "interpret":
            continue
        # A task in another dtype is seen once.
        if entry["dtype"] != "f32" and not re.search('dtype *= "f32"',
                                                     task_file.read_text()):
            continue
        path = folder / entry["file"]
        for values in combinations(path.read_text(), options.all):
            module = load(path, values)
            for numbers in checker.shapes(task):
                shape = Shape(task, numbers)
                try:
                    counts["launches"] += checker.check(
                        task, module, REAL[entry["dtype"]], shape)
                    counts["cases"] += 1
                except Exception as problem:
                    failures += 1
                    text = str(problem).strip().splitlines() or [""]
                    print(f"FAILED {entry['file']} {entry['options']} {values} "
                          f"at {shape}: {type(problem).__name__}: {text[0][:100]} … {text[-1][:300]}",
                          flush=True)
        print(f"  {entry['file']} {entry['options']}", flush=True)
    print(f"{type(checker).__name__}: {counts['cases']} cases, "
          f"{counts['launches']} kernels, {failures} failed", flush=True)
    return 1 if failures or not counts["cases"] else 0


def find_python():
    """A python with torch and triton, or None with a printed reason."""
    script = ROOT / "scripts" / "setup-python.sh"
    found = subprocess.run([script, "--find", "torch"], capture_output=True,
                           text=True)
    if found.returncode != 0:
        print("skipped: " + (found.stderr.strip() or "no python with torch"))
        return None
    return found.stdout.strip().splitlines()[-1]


def start_over(options):
    """Both modes in the python that has torch: the interpreter is chosen when
    Triton is imported."""
    python = find_python()
    if not python:
        return SKIPPED
    worst = 0
    modes = [options.mode] if options.mode else ["interpret", "compile"]
    for mode in modes:
        environment = dict(os.environ)
        if mode == "interpret":
            environment["TRITON_INTERPRET"] = "1"
        command = [python, __file__, *sys.argv[1:], "--mode", mode, "--inside"]
        worst = max(worst, subprocess.run(command, env=environment).returncode)
    return worst


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sources", default=str(ROOT / "build/bin/recipe_sources"))
    parser.add_argument("--only", default="")
    parser.add_argument("--dtypes", default="")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--mode", choices=["interpret", "compile"])
    parser.add_argument("--inside", action="store_true")
    options = parser.parse_args()
    if not options.inside:
        return start_over(options)
    checker = Interpreted() if options.mode == "interpret" else Compiled()
    dtypes = options.dtypes or (
        "f32 f16" if options.mode == "interpret" else "f32 f16 bf16")
    worst = 0
    with tempfile.TemporaryDirectory() as name:
        for dtype in dtypes.split():
            made = subprocess.run(
                [options.sources, "triton", dtype, name, ROOT], text=True,
                stdout=subprocess.PIPE, check=True)
            entries = [json.loads(line) for line in made.stdout.splitlines()]
            worst = max(worst, check_all(checker, pathlib.Path(name), entries,
                                         options))
    return worst


if __name__ == "__main__":
    sys.exit(main())
