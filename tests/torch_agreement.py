"""Proves that reference.cc and reference.py of every shipped task agree.

    python tests/torch_agreement.py BUILD_DIR [TASK...]

Compiles each reference.cc, calls its float64 instantiation on small inputs drawn
as the task declares them, and compares with reference.py and with the PyTorch
baselines in float64. One line per task; exit 1 if any disagrees, 77 (skipped)
where torch is missing. Goes on in the environment of scripts/setup-python.sh
torch where that is made already.
"""

import ctypes
import importlib.util
import inspect
import itertools
import math
import os
import pathlib
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODES = {"f64": 0, "f32": 1, "i64": 6, "i32": 7}
# Both sides compute in float64 and differ in the order of their sums alone.
TOLERANCE = 1e-12
# A baseline may insist on float32 sums.
BASELINE_TOLERANCE = 1e-5


def restart_with_torch():
    """Replaces this process by one that can import torch, or ends it."""
    found = subprocess.run([ROOT / "scripts/setup-python.sh", "--find", "torch"],
                           stdout=subprocess.PIPE, text=True)
    if found.returncode or os.environ.get("KE_TORCH_AGREEMENT"):
        print("skipped: this Python cannot import torch")
        sys.exit(77)
    os.environ["KE_TORCH_AGREEMENT"] = "restarted"
    python = found.stdout.split()[-1]
    os.execv(python, [python] + sys.argv)


try:
    import torch
except ImportError:
    restart_with_torch()


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("dtype", ctypes.c_int32),
                ("rank", ctypes.c_int32),
                ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("strides", ctypes.POINTER(ctypes.c_int64))]


class Call(ctypes.Structure):
    _fields_ = [("abi_version", ctypes.c_uint32), ("n_inputs", ctypes.c_int32),
                ("n_outputs", ctypes.c_int32), ("n_attributes", ctypes.c_int32),
                ("inputs", ctypes.POINTER(Tensor)),
                ("outputs", ctypes.POINTER(Tensor)),
                ("attributes", ctypes.POINTER(ctypes.c_double)),
                ("workspace", ctypes.c_void_p),
                ("workspace_bytes", ctypes.c_uint64),
                ("stream", ctypes.c_void_p), ("state", ctypes.c_void_p)]


def evaluate(expression, dims):
    """An integer expression of task.toml; `/` divides whole numbers."""
    if not isinstance(expression, str):
        return expression
    names = dict(dims, min=min, max=max, ceildiv=lambda a, b: -(-a // b))
    return eval(expression.replace("/", "//"), {"__builtins__": {}}, names)


def draw(spec, dims, generator):
    """A float64 or integer tensor with the values that `spec` declares."""
    shape = [evaluate(entry, dims) for entry in spec["shape"]]
    count = math.prod(shape)
    kind, _, rest = spec["values"].partition("(")
    arguments = evaluate(f"({rest[:-1]},)", dims) if rest else ()
    uniform = torch.rand(count, generator=generator, dtype=torch.float64)
    if kind == "normal":
        flat = arguments[0] + arguments[1] * torch.randn(
            count, generator=generator, dtype=torch.float64)
    elif kind == "uniform":
        flat = arguments[0] + (arguments[1] - arguments[0]) * uniform
    elif kind == "randint":
        low, high = arguments
        flat = low + (uniform * (high - low + 1)).long()
    elif kind == "increasing":
        low, high = arguments
        chosen = torch.randperm(high - low + 1, generator=generator)[:count]
        flat = low + chosen.sort().values
    elif kind == "jagged_offsets":
        inner = (uniform[:count - 2] * (arguments[0] + 1)).long().sort().values
        flat = torch.cat([torch.tensor([0]), inner, torch.tensor(arguments)])
    else:
        raise ValueError(f"this test draws no {spec['values']}")
    if spec["dtype"].startswith("i"):
        return flat.to(getattr(torch, "int" + spec["dtype"][1:])).reshape(shape)
    # A float32 number, so that every instantiation sees the same input.
    return flat.float().double().reshape(shape)


def describe(tensors):
    """ke_tensor records of torch tensors; what they point to is kept alive."""
    codes = {torch.float64: 0, torch.int64: 6, torch.int32: 7}
    records, keep = (Tensor * len(tensors))(), []
    for record, tensor in zip(records, tensors):
        shape = (ctypes.c_int64 * tensor.dim())(*tensor.shape)
        strides = (ctypes.c_int64 * tensor.dim())(*tensor.stride())
        keep += [shape, strides]
        record.data, record.dtype = tensor.data_ptr(), codes[tensor.dtype]
        record.rank, record.shape, record.strides = tensor.dim(), shape, strides
    return records, keep


def run_cpp(library, inputs, outputs, attributes):
    in_records, keep_in = describe(inputs)
    out_records, keep_out = describe(outputs)
    values = (ctypes.c_double * len(attributes))(*attributes)
    call = Call(1, len(inputs), len(outputs), len(attributes), in_records,
                out_records, values, None, 0, None, None)
    return library.ke_reference_f64(ctypes.byref(call))


def compile_reference(folder, task, build):
    target = build / "torch_agreement" / f"{task['name']}.so"
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["g++", "-std=c++20", "-O2", "-fPIC", "-shared", "-fopenmp",
         f"-I{ROOT / 'include'}", "-DKE_REFERENCE_NO_FLOAT",
         "-DKE_REFERENCE_NO_ERROR", "-o", str(target),
         str(folder / task["reference"]["cpp"])], check=True)
    return ctypes.CDLL(str(target))


def load_python(path):
    spec = importlib.util.spec_from_file_location("reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.reference


def small_dims(task):
    """Three points of the domain: small, odd and lopsided."""
    for extents in ((7, 19, 24), (1, 1, 1), (33, 5, 12)):
        yield {dim: max(task["domain"][dim][0],
                        min(extent, task["domain"][dim][1]))
               for dim, extent in zip(task["dims"], itertools.cycle(extents))}


def difference(actual, expected):
    """Largest error relative to the output's largest number, taken as at least
    one, so that what is zero but for rounding agrees. None: another tensor."""
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return None
    if not actual.dtype.is_floating_point:
        return 0.0 if torch.equal(actual, expected) else math.inf
    scale = expected.abs().max().clamp(min=1)
    return ((actual - expected).abs().max() / scale).item()


def check_case(task, library, functions, dims, seed):
    generator = torch.Generator().manual_seed(seed)
    inputs = [draw(spec, dims, generator) for spec in task["inputs"]]
    attributes = {a["name"]: a["default"] for a in task.get("attributes", [])}
    outputs = []
    for spec in task["outputs"]:
        shape = [evaluate(entry, dims) for entry in spec["shape"]]
        dtype = {"i64": torch.int64, "i32": torch.int32}.get(
            spec["dtype"], torch.float64)
        outputs.append(torch.full(shape, 77, dtype=dtype))
    run_cpp(library, inputs, outputs, list(attributes.values()))
    shapes = [tuple(tensor.shape) for tensor in outputs]
    return {name: farthest(outputs, function(
                *[t.clone() for t in inputs],
                **told(function, attributes, shapes)))
            for name, function in functions.items()}


def told(function, attributes, output_shapes):
    """What is said to a function beside its inputs."""
    asks = "output_shapes" in inspect.signature(function).parameters
    return attributes | ({"output_shapes": output_shapes} if asks else {})


def farthest(outputs, results):
    results = results if isinstance(results, tuple) else (results,)
    if len(results) != len(outputs):
        return math.inf
    worst = [difference(o, r.contiguous()) for o, r in zip(outputs, results)]
    return math.inf if None in worst else max(worst)


def functions_of(folder, task):
    """The reference, by its tolerance, and the PyTorch baselines."""
    files = {"reference": task["reference"]["torch"]}
    files |= {baseline["name"]: baseline["torch"]
              for baseline in task.get("baselines", [])
              if baseline.get("torch") and not needs_gpu(folder, baseline)}
    return {name: load_python(folder / path) for name, path in files.items()}


def needs_gpu(folder, baseline):
    return "CUDNN" in (folder / baseline["torch"]).read_text()


def check_task(folder, build):
    task = tomllib.loads((folder / "task.toml").read_text())
    if "torch" not in task["reference"]:
        return f"{task['name']:<22} no reference.py", True
    library = compile_reference(folder, task, build)
    functions = functions_of(folder, task)
    cases = [check_case(task, library, functions, dims, seed)
             for seed, dims in enumerate(small_dims(task))]
    worst = {name: max(case[name] for case in cases) for name in functions}
    wrong = [name for name, error in worst.items()
             if not error <= (TOLERANCE if name == "reference"
                              else BASELINE_TOLERANCE)]
    verdict = f"DISAGREES: {', '.join(wrong)}" if wrong else "agrees"
    return (f"{task['name']:<22} {verdict}, largest differences " +
            ", ".join(f"{name} {error:.1e}" for name, error in worst.items()),
            not wrong)


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    # What is compared is the formula; compiling it would take minutes.
    os.environ["TORCH_COMPILE_DISABLE"] = "1"
    build = pathlib.Path(sys.argv[1])
    names = sys.argv[2:]
    folders = [path.parent for pattern in ("tasks/*", "gauntlet/tasks/*")
               for path in sorted(ROOT.glob(pattern + "/task.toml"))]
    chosen = [f for f in folders if not names or f.name in names]
    results = []
    for folder in chosen:
        line, agree = check_task(folder, build)
        print(line, flush=True)
        results.append(agree)
    return 0 if chosen and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
