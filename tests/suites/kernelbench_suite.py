"""KernelBench files through the command line."""

import subprocess
import unittest

from harness import DONE, NOTHING, ROOT, USAGE, Case

FILES = ROOT / "tests" / "kernelbench"
DELEGATES = """import torch
class ModelNew(torch.nn.Module):
    def forward(self, x):
        return torch.relu(x)
"""


class Imports(Case):
    def setUp(self):
        found = subprocess.run([ROOT / "scripts" / "setup-python.sh", "--find",
                                "torch"], capture_output=True, text=True)
        if found.returncode:
            raise unittest.SkipTest(found.stderr.strip())
        super().setUp()

    def test_import_says_what_became_of_each_file(self):
        run = self.ke("import", "kernelbench", FILES / "level1" / "7_relu.py",
                      "-o", "out", "--json")
        self.assertEqual(DONE, run.code, str(run))
        (told,) = run.objects()
        self.assertTrue(told["admitted"])
        self.assertTrue((self.folder / "out" / told["name"] /
                         "reference.py").is_file())
        run = self.ke("import", "kernelbench", FILES / "degenerate", "-o", "out")
        self.assertEqual(NOTHING, run.code, str(run))
        self.assertIn("0 of 7 admitted", run.out)

    def test_a_file_stands_for_a_task(self):
        kernel = self.folder / "kernel.py"
        kernel.write_text(DELEGATES)
        run = self.ke("evaluate", FILES / "level1" / "7_relu.py", kernel,
                      "--target", "triton@sm_90", "--json")
        self.assertEqual(NOTHING, run.code, str(run))
        self.assertIn("became the task in", run.err)
        (verdict,) = run.objects()
        # Without a device nobody can say how much of the work torch does.
        self.assertIn(verdict["code"], ("DELEGATION", "NO_DEVICE"))
        self.assertIn("aten.relu", verdict["message"])
        self.assert_error(self.ke(
            "evaluate", FILES / "degenerate" / "nan.py", kernel, "--target",
            "triton@sm_90"), USAGE, "no finite value")

    def test_mistakes(self):
        self.assert_error(self.ke("import", "kernelbench", "nowhere"), USAGE,
                          "neither a .py file")
        self.assert_error(self.ke("import", "pictures"), USAGE, "kernelbench")
