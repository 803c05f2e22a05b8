"""What every child would otherwise do for itself: imports, and one compile for
each architecture, which fills the caches of Triton and of the C library."""

import gc
import importlib
import os
import shutil
import tempfile

from .session import Session

MODULES = ("torch.nn.functional", "triton.testing", "triton.language.extra",
           "triton.language.extra.libdevice", "triton.tools.tensor_descriptor",
           "triton.language.extra.cuda", "numpy",
           "torch.utils.cpp_extension")
SOURCE = '''
import torch, triton, triton.language as tl

@triton.jit
def warm(x, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + at, mask=at < n, other=0.0)
    tl.store(y + at, tl.exp(value) / tl.sum(value, axis=0), mask=at < n)

def run(x, outputs, workspace):
    y = torch.zeros_like(x)
    warm[(triton.cdiv(x.numel(), 128),)](x, y.view(-1), x.numel(), BLOCK=128)
    outputs[0].copy_(y)
'''
DEVICE = {"multiprocessors": 132, "shared_per_block_optin": 232448,
          "shared_per_multiprocessor": 233472,
          "registers_per_multiprocessor": 65536,
          "max_threads_per_multiprocessor": 2048, "warp": 32,
          "l2_bytes": 50 << 20, "global_bytes": 80 << 30, "name": "any"}


def up(architectures):
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            pass
    for arch in architectures:
        _compile_for(arch)
    gc.collect()
    gc.freeze()  # what is there now is not touched by a child's collections


def _compile_for(arch):
    tensors = [{"name": name, "role": role, "dtype": "f32", "shape": [1000]}
               for name, role in (("x", "input"), ("y", "output"))]
    request = {"source": SOURCE, "arch": arch, "device": DEVICE,
               "shapes": [{"tensors": tensors}]}
    folder = tempfile.mkdtemp(prefix="ke-warm-")
    file = os.path.join(folder, "kernel.py")
    os.environ["TRITON_CACHE_DIR"] = os.path.join(folder, "cache")
    try:
        with open(file, "w") as text:
            text.write(SOURCE)
        Session(request, file, lambda _: None).record()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
