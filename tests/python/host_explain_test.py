"""How errors of host code on a device are told, whatever torch knows of them."""

import os
import subprocess
import unittest

from recorder import RUNNERS, find_python

PROGRAM = """
import torch
for delete in (False, True):
    newer = hasattr(torch, "AcceleratorError")
    errors = [KeyError("no"), RuntimeError("CUDA error: an illegal memory access")]
    if newer and delete:
        del torch.AcceleratorError  # as in an older one
    elif newer:
        errors += [torch.AcceleratorError("CUDA error: misaligned address\\nadvice"),
                   torch.AcceleratorError("")]
    import sys
    sys.modules.pop("ke_host.explain", None)
    from ke_host.explain import HostExplainer
    for error in errors:
        reply = HostExplainer("kernel.py").explain(error, "run")
        print(reply["code"], reply["message"])
"""


class Explained(unittest.TestCase):
    def test_with_and_without_an_error_of_devices(self):
        done = subprocess.run(
            [find_python(), "-c", PROGRAM],
            env={**os.environ, "PYTHONPATH": str(RUNNERS),
                 "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stderr)
        lines = done.stdout.splitlines()
        for first in (0, len(lines) - 2):
            self.assertTrue(lines[first].startswith("RUN_FAILED "), lines)
            self.assertTrue(lines[first + 1].startswith("GPU_FAULT "), lines)
        if len(lines) > 4:
            self.assertEqual("GPU_FAULT AcceleratorError: CUDA error: misaligned "
                             "address", lines[2])
            self.assertTrue(lines[3].startswith("RUN_FAILED "), lines)


if __name__ == "__main__":
    unittest.main()
