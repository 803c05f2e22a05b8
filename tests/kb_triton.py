#!/usr/bin/env python3
"""Compiles the Triton kernels of one file for sm_90; no GPU is needed.

Above each kernel stands what it is compiled for:
    # compile: name(*fp32, i32, BLOCK=1024) num_warps=4
"""

import ast
import importlib.util
import pathlib
import re
import sys

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

LINE = re.compile(r"^# compile: (\w+)\((.*)\)((?: +\w+=\w+)*)\s*$", re.MULTILINE)


def load(path):
    spec = importlib.util.spec_from_file_location("sample", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def split_arguments(text):
    """Types in order, and the values of constants by name."""
    types, constants = [], {}
    for word in filter(None, (word.strip() for word in text.split(","))):
        name, equals, value = word.partition("=")
        if equals:
            constants[name] = ast.literal_eval(value)
        else:
            types.append(word)
    return types, constants


def compile_kernel(kernel, types, constants, options):
    free = [name for name in kernel.arg_names if name not in constants]
    if len(free) != len(types):
        raise ValueError(f"{len(types)} types for the arguments {free}")
    signature = {name: "constexpr" for name in constants}
    signature.update(zip(free, types))
    source = ASTSource(kernel, {name: signature[name]
                                for name in kernel.arg_names},
                       constexprs={(kernel.arg_names.index(name),): value
                                   for name, value in constants.items()})
    triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options)


def main():
    path = pathlib.Path(sys.argv[1])
    text = path.read_text()
    module = load(path)
    lines = LINE.findall(text)
    named = {name for name, _, _ in lines}
    missing = [name for name, value in vars(module).items()
               if isinstance(value, triton.JITFunction) and name not in named
               and not re.search(rf"^[^#\n]*(?<!def )\b{name}\(", text, re.M)]
    if missing:
        print(f"no '# compile:' line for {', '.join(missing)}")
        return 1
    for name, arguments, options in lines:
        types, constants = split_arguments(arguments)
        compile_kernel(getattr(module, name), types, constants,
                       {key: ast.literal_eval(value) for key, value in
                        (word.split("=") for word in options.split())})
    return 0


if __name__ == "__main__":
    sys.exit(main())
