"""What the suites share: the programs, a folder per test, a small task."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("KE_BIN", ROOT / "build" / "bin"))
PROGRAM = BIN / "kernelevolve"
TARGETS = ROOT / "tests" / "targets"

# Exit codes of the command line.
DONE, NOTHING, USAGE, MISSING, INFRASTRUCTURE = range(5)

# Far above what anything takes on an idle machine: a test that needs it hangs.
PATIENCE_S = 280

# Softmax on shapes so small that a verdict takes a fraction of a second.
SMALL_TASK = """
name     = "small_softmax"
summary  = "row-wise softmax, small"
operator = "softmax"
dims     = ["rows", "cols"]

[[inputs]]
name   = "x"
dtype  = "f32"
shape  = ["rows", "cols"]
values = "normal(0, 2)"

[[outputs]]
name  = "y"
dtype = "f32"
shape = ["rows", "cols"]

[[shapes]]
name = "only"
rows = 128
cols = 200

[domain]
rows = [1, 200]
cols = [1, 300]

[cost]
flops = "5 * rows * cols"
bytes = "8 * rows * cols"

[reference]
cpp = "reference.cc"

[objective]
cache = "hot"
"""


class Run:
    """A command that has ended."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def objects(self):
        """Every line of standard output as JSON; raises if one is not."""
        return [json.loads(line) for line in self.out.splitlines()]

    def __str__(self):
        return f"exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


class Case(unittest.TestCase):
    """Each test has a folder of its own and works in it."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ke-suite-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start(self, *arguments, env=None):
        process = subprocess.Popen(
            [str(PROGRAM), *map(str, arguments)], cwd=self.folder,
            env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
            process.communicate()

    def finish(self, process):
        try:
            out, err = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            out, err = process.communicate()
            self.fail(f"still running after {PATIENCE_S} s\n"
                      + str(Run("?", out.decode(), err.decode())))
        # Strict: whatever a candidate printed, our own output stays UTF-8.
        return Run(process.returncode, out.decode(), err.decode())

    def ke(self, *arguments, env=None):
        return self.finish(self.start(*arguments, env=env))

    def small_task(self, name="small_softmax"):
        """A task folder that may be edited."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "task.toml").write_text(SMALL_TASK.lstrip())
        shutil.copy(ROOT / "tasks" / "softmax" / "reference.cc", folder)
        return folder

    def assert_error(self, run, code, *fragments):
        """The exit code, each fragment on standard error, nothing on output."""
        self.assertEqual(run.code, code, str(run))
        self.assertTrue(run.err.startswith("kernelevolve: "), str(run))
        for fragment in fragments:
            self.assertIn(fragment, run.err, str(run))
        self.assert_clean(run.err)

    def assert_clean(self, text):
        """No control character but newline and tab reaches a terminal."""
        bad = [c for c in text if ord(c) < 32 and c not in "\n\t" or ord(c) == 127]
        self.assertEqual(bad, [], repr(text))

    def wait_for(self, condition, what):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        self.fail(f"waited {PATIENCE_S} s for {what}")


def descendants(pid, word):
    """Processes below `pid` whose command line has `word` as an argument."""
    parents, commands = {}, {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
            commands[int(entry.name)] = (entry / "cmdline").read_bytes().split(b"\0")
            parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue  # gone meanwhile
    found = []
    for child in parents:
        ancestor = child
        while ancestor in parents and ancestor != pid:
            ancestor = parents[ancestor]
        if ancestor == pid and child != pid and word.encode() in commands[child]:
            found.append(child)
    return sorted(found)
