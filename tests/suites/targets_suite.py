"""What --target says, on a machine with and without a GPU."""

import os
import unittest

from harness import MISSING, ROOT, TARGETS, USAGE, Case

GPU_TARGET = (ROOT / "targets" / "sm_90" / "target.toml").exists()


@unittest.skipUnless(GPU_TARGET, "this checkout has no targets/sm_90")
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
        self.assert_error(self.evaluate("cuda@native", env), USAGE,
                          "cuda@sm_35", "cuda@sm_90")

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

    @unittest.skipUnless(GPU_TARGET, "this checkout has no targets/sm_90")
    def test_several_devices(self):
        self.assert_error(
            self.ke("optimize", "softmax", "--nodes", "1", "--target",
                    "cpp@native,cuda@sm_90"), USAGE, "one device")
