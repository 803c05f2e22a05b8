"""A recorder server under test, and requests for it."""

import os
import pathlib
import socket
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUNNERS = ROOT / "runners" / "python"
sys.path.insert(0, str(RUNNERS))

from ke_record import frames  # noqa: E402

DEVICE = {"multiprocessors": 132, "shared_per_block_optin": 232448,
          "shared_per_multiprocessor": 233472,
          "registers_per_multiprocessor": 65536,
          "max_threads_per_multiprocessor": 2048, "warp": 32,
          "l2_bytes": 52428800, "global_bytes": 85_000_000_000,
          "name": "NVIDIA H100 80GB HBM3"}
HEAD = "import torch, triton, triton.language as tl\n"
COPY_KERNEL = HEAD + """
@triton.jit
def move(x, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y + at, tl.load(x + at, mask=at < n), mask=at < n)
"""


def find_python():
    found = subprocess.run(
        [ROOT / "scripts" / "setup-python.sh", "--find", "torch"],
        capture_output=True, text=True)
    if found.returncode:
        raise unittest.SkipTest(found.stderr.strip())
    return found.stdout.strip()


def tensor(name, role, shape, dtype="f32"):
    return {"name": name, "role": role, "dtype": dtype, "shape": list(shape),
            "constant": False}


def one_to_one(size=1000, dtype="f32", attributes=()):
    """A shape with one input x and one output y of `size` elements."""
    return {"tensors": [tensor("x", "input", [size], dtype),
                        tensor("y", "output", [size], dtype)],
            "attributes": [{"name": name, "value": value}
                           for name, value in attributes]}


class Recorder:
    def __init__(self):
        ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [find_python(), "-m", "ke_record", "--fd", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": str(RUNNERS),
                 "PYTHONDONTWRITEBYTECODE": "1"})
        theirs.close()
        self._socket = ours
        self.greeting = frames.read(ours.fileno())
        if not self.greeting["ready"]:
            raise unittest.SkipTest(self.greeting["message"])

    def record(self, source, shapes=None, *, limit_s=30, device=None,
               **request):
        frames.write(self._socket.fileno(), {
            "source": source, "parameters": {}, "arch": 90, **request,
            "device": {**DEVICE, **(device or {})},
            "shapes": shapes or [one_to_one()], "limit_s": limit_s,
            "compile_limit_s": 60})
        return frames.read(self._socket.fileno())

    def pid(self):
        return self._process.pid

    def resident_mb(self):
        with open(f"/proc/{self.pid()}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") >> 20

    def close(self):
        self._socket.close()
        self._process.wait(timeout=30)


class RecorderCase(unittest.TestCase):
    """One server for a class of tests: starting one takes seconds."""

    @classmethod
    def setUpClass(cls):
        cls.recorder = Recorder()
        cls.addClassCleanup(cls.recorder.close)

    def plan(self, source, shapes=None, **options):
        """The plans of all shapes; fails with what the recorder said."""
        self.reply = self.recorder.record(source, shapes, **options)
        self.assertTrue(self.reply["ok"], self.reply)
        return self.reply["plan"]["shapes"]

    def refused(self, code, source, shapes=None, **options):
        self.reply = self.recorder.record(source, shapes, **options)
        self.assertFalse(self.reply["ok"], self.reply)
        self.assertEqual(code, self.reply["code"], self.reply)
        for text in (self.reply["message"], self.reply["log"]):
            self.assertNotIn("ke_record/", text)
            self.assertNotIn("site-packages", text)
        self.assertNotIn("\n", self.reply["message"])
        return self.reply["message"]
