"""Importing KernelBench files: laws, dims, weights, refusals, agreement."""

import json
import os
import pathlib
import subprocess
import tempfile
import tomllib
import unittest

from recorder import ROOT, RUNNERS, find_python
from ke_kernelbench.dims import MOST_OPERATIONS, SLOW_OPERATIONS, DimSearch

FILES = ROOT / "tests" / "kernelbench"
SAMPLE = ("level1/7_relu", "level1/18_conv1d", "level1/24_cross_entropy",
          "level1/26_scalar_product", "level2/4_gemm_batch_norm_relu",
          "level3/2_attention_block", "level3/3_transformer_layer",
          "level3/5_gru")
# What cuDNN does to the weights of a recurrent layer: each tensor that it is given
# is moved, once, into memory of the layer's own.
PACKED = """
import sys, torch
from torch import nn

def flatten_parameters(self):
    with torch.no_grad():
        for weight in self._flat_weights:
            weight.set_(weight.clone())

nn.GRU.flatten_parameters = flatten_parameters
names = {}
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"), names)
model = names["ke_construct"]()
x = names["get_inputs"]()[0][:2, :3]
weights = [model.state_dict()[key].clone() for key in names["KE_WEIGHTS"].values()]
lent = torch.cat([each.flatten() for each in weights])
views = [part.view(each.shape) for part, each in
         zip(lent.split([each.numel() for each in weights]), weights)]
before = names["reference"](x, *views)[0]
lent.mul_(2)  # the judge writes other weights
after = names["reference"](x, *views)[0]
right = names["reference"](x, *[2 * each for each in weights])[0]
assert not torch.equal(before, right)
assert torch.equal(after, right), "the first call's weights again"
"""
REFUSED = {"constant": "degenerate", "identity": "degenerate",
           "nan": "degenerate", "noise": "nondeterministic",
           "too_large": "too_large", "unused_input": "degenerate",
           "unused_parameter": "degenerate"}


class Import(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.out = pathlib.Path(folder.name)
        files = [FILES / f"{name}.py" for name in SAMPLE]
        files += [FILES / "degenerate" / f"{name}.py" for name in REFUSED]
        done = subprocess.run(
            [find_python(), "-m", "ke_kernelbench", "--out", cls.out, *files],
            env={**os.environ, "PYTHONPATH": str(RUNNERS),
                 "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True, text=True, check=True)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        cls.answers = {pathlib.Path(each["file"]).stem: each for each in answers}

    def task(self, name):
        return tomllib.loads((self.out / name / "task.toml").read_text())

    def test_admitted_and_right_in_float64(self):
        for name in SAMPLE:
            answer = self.answers[name.split("/")[1]]
            self.assertTrue(answer["admitted"], answer)
            self.assertLess(answer["agreement"], 1e-5, answer)

    def test_recurrent_layers_see_weights_that_change(self):
        reference = self.out / "level3_5_gru" / "reference.py"
        done = subprocess.run([find_python(), "-c", PACKED, reference],
                              capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stderr)

    def test_a_slow_layer_varies_in_its_first_axis_alone(self):
        for name in ("level3_3_transformer_layer", "level3_5_gru"):
            self.assertEqual(["n0"], self.task(name)["dims"])
            self.assertEqual(1, self.task(name)["domain"]["n0"][0])

    def test_refused_by_kind(self):
        for name, kind in REFUSED.items():
            self.assertEqual(kind, self.answers[name].get("kind"))
            self.assertFalse(list(self.out.glob(f"*{name}*")))
        self.assertIn("256.0 GiB", self.answers["too_large"]["why"])
        self.assertIn("input y", self.answers["unused_input"]["why"])

    def test_scaled_generators(self):
        (x,) = self.task("level1_7_relu")["inputs"]
        self.assertEqual("uniform(-1, 1)", x["values"])

    def test_strided_sizes_and_weights(self):
        task = self.task("level1_18_conv1d")
        self.assertEqual(["n0", 128, "(n1 - 6) / 3"],
                         task["outputs"][0]["shape"])
        self.assertEqual(["x", "conv_weight", "conv_bias"],
                         [each["name"] for each in task["inputs"]])
        self.assertTrue(task["inputs"][1]["constant"])

    def test_sizes_that_bound_indices_stay(self):
        task = self.task("level1_24_cross_entropy")
        self.assertEqual(["n0", 4096], task["inputs"][0]["shape"])
        self.assertEqual("randint(0, 4095)", task["inputs"][1]["values"])

    def test_statistics_are_inputs_and_masks_are_not(self):
        names = [each["name"] for each in
                 self.task("level2_4_gemm_batch_norm_relu")["inputs"]]
        self.assertIn("norm_running_var", names)
        names = [each["name"] for each in
                 self.task("level3_2_attention_block")["inputs"]]
        self.assertNotIn("mask", names)


class Dims(unittest.TestCase):
    """How many sizes are tried depends on the work of a run, and on no clock."""

    def found(self, operations):
        spent = [0]

        def run(shapes):
            spent[0] += operations
            return shapes

        search = DimSearch([(64, 32)], run, lambda: spent[0])
        return [dim.size for dim in search.find()[0]], spent[0]

    def test_all_axes_of_quick_models_and_the_first_of_slow_ones(self):
        self.assertEqual([64, 32], self.found(1)[0])
        self.assertEqual([64, 32], self.found(SLOW_OPERATIONS)[0])
        self.assertEqual([64], self.found(SLOW_OPERATIONS + 1)[0])

    def test_none_once_it_has_taken_too_much(self):
        dims, spent = self.found(MOST_OPERATIONS // 2)
        self.assertEqual([], dims)
        self.assertLessEqual(spent, 2 * MOST_OPERATIONS)


if __name__ == "__main__":
    unittest.main()
