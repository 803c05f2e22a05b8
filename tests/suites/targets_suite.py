"""What --target says, on a machine with and without a GPU."""

import os
import pathlib
import shutil
import unittest

from harness import MISSING, TARGETS, USAGE, Case

NVCC = shutil.which("nvcc")
DEVICE = pathlib.Path("/proc/driver/nvidia/version").exists()


class Native(Case):
    def fake_tools(self, script):
        """A folder in front of PATH whose nvidia-smi does what `script` says."""
        tools = self.folder / "tools"
        tools.mkdir()
        program = tools / "nvidia-smi"
        program.write_text("#!/bin/sh\n" + script)
        program.chmod(0o755)
        return {"PATH": f"{tools}:{os.environ['PATH']}",
                "CUDA_VISIBLE_DEVICES": "0"}

    def evaluate(self, target, env):
        return self.ke("evaluate", "softmax", TARGETS / "good.cc", "--target",
                       target, env=env)

    def test_without_a_device(self):
        run = self.evaluate("cuda@native", self.fake_tools("exit 0\n"))
        self.assert_error(run, MISSING, "no NVIDIA device",
                          "--target cuda@sm_90")

    def test_a_device_that_is_not_known(self):
        env = self.fake_tools("echo 'GPU-0, 3.5, Tesla K40'\n")
        run = self.evaluate("cuda@native", env)
        self.assert_error(run, USAGE, "cuda@sm_35", "cuda@sm_90")
        # Kernels of another architecture would not run on it.
        self.assertNotIn("did you mean", run.err)

    @unittest.skipUnless(NVCC and not DEVICE, "needs nvcc, and no device")
    def test_a_device_of_a_workstation(self):
        env = self.fake_tools("echo 'GPU-0, 8.9, NVIDIA GeForce RTX 4090'\n")
        run = self.ke("evaluate", "softmax", TARGETS / "cuda" / "good.cu",
                      "--target", "cuda@native", "--json", env=env)
        (verdict,) = run.objects()
        self.assertEqual(verdict["code"], "NO_DEVICE", verdict)

    def test_unknown_device(self):
        self.assert_error(self.evaluate("cuda@sm_91", None), USAGE,
                          "cuda@sm_90")


class Lists(Case):
    def test_one_at_a_time(self):
        self.assert_error(
            self.ke("evaluate", "softmax", TARGETS / "good.cc", "--target",
                    "cpp@native,cpp@native"), USAGE, "one target at a time")

    def test_a_language_twice(self):
        self.assert_error(
            self.ke("optimize", "softmax", "--nodes", "1", "--target",
                    "cpp@native,cpp@native"), USAGE, "twice")

    def test_several_devices(self):
        self.assert_error(
            self.ke("optimize", "softmax", "--nodes", "1", "--target",
                    "cpp@native,cuda@sm_90"), USAGE, "one device")
