"""task.toml of an imported file."""

import json
import re

from .inputs import DTYPES

IMPORTED = "# Imported from "  # how such a file begins
FAMILY_WORDS = re.compile(r"^(level\d+_)?(\d+_)?")


def name_of(path):
    """An identifier: level1_19_relu for level1/19_ReLU.py."""
    stem = re.sub(r"\W+", "_", path.stem, flags=re.ASCII).strip("_").lower()
    parent = path.resolve().parent.name.lower()
    if re.fullmatch(r"level_?\d+", parent):
        stem = f"{parent.replace('_', '')}_{stem}"
    if not stem or not stem[0].isalpha():
        stem = f"kb_{stem}"
    return stem[:64].rstrip("_")


def task_text(name, analysis):
    parts = [_head(name, analysis)]
    parts += [_tensor("inputs", each, analysis.shape_of(each),
                      each.law, each in analysis.weights)
              for each in [*analysis.inputs.tensors, *analysis.weights]]
    parts += [_output(f"out{i}" if i else "out", dtype, shape)
              for i, (dtype, shape) in enumerate(zip(analysis.output_dtypes,
                                                     analysis.output_shapes))]
    parts.append('[[shapes]]\nname = "file"\n' + "".join(
        f"{dim.name} = {dim.size}\n" for dim in analysis.dims)
        + 'for = ["gpu"]\n')
    if analysis.dims:
        parts.append("[domain]\n" + "".join(
            f"{dim.name} = [{dim.low}, {dim.size}]\n" for dim in analysis.dims))
    parts.append('[reference]\ntorch = "reference.py"\n')
    return "\n".join(parts)


def _head(name, analysis):
    family = FAMILY_WORDS.sub("", name) or name
    if not family[0].isalpha():
        family = name
    comments = "".join(f"# {note}\n" for note in analysis.notes)
    dims = ", ".join(json.dumps(dim.name) for dim in analysis.dims)
    return (f"{IMPORTED}{analysis.file.path.name}.\n{comments}"
            f'name = "{name}"\n'
            f"summary = {json.dumps('KernelBench file ' + analysis.file.path.name)}\n"
            f'operator = "{family}"\ndims = [{dims}]\n')


def _tensor(section, tensor, shape, law, constant):
    text = (f'[[{section}]]\nname = "{tensor.name}"\n'
            f'dtype = "{DTYPES[tensor.dtype]}"\nshape = {_shape(shape)}\n'
            f'values = "{law.text()}"\n')
    return text + "constant = true\n" if constant else text


def _output(name, dtype, shape):
    return (f'[[outputs]]\nname = "{name}"\ndtype = "{DTYPES[dtype]}"\n'
            f'shape = {_shape(shape)}\nnonfinite = "unspecified"\n')


def _shape(shape):
    return "[" + ", ".join(json.dumps(extent) if isinstance(extent, str)
                           else str(extent) for extent in shape) + "]"
