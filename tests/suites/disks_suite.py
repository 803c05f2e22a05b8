"""Disks that are full or may not be written."""

import os
import subprocess

from harness import DONE, INFRASTRUCTURE
from runs_suite import RunCase


class Disks(RunCase):
    def mounted(self, name, size):
        """A small file system of its own; skips where it cannot be made."""
        folder = self.folder / name
        folder.mkdir()
        if os.geteuid() != 0:
            self.skipTest("mounting a small file system needs root")
        run = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}",
                              "tmpfs", str(folder)], capture_output=True,
                             text=True)
        if run.returncode != 0:
            self.skipTest(f"cannot mount a small file system: {run.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(folder)])
        return folder

    def read_only(self, name):
        """A folder that may not be written, even by root."""
        if os.geteuid() != 0:
            folder = self.folder / name
            folder.mkdir()
            folder.chmod(0o555)
            return folder
        folder = self.mounted(name, "1m")
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        return folder

    def test_read_only_run_folder(self):
        self.small_task()
        self.read_only("sealed")
        run = self.ke("optimize", "small_softmax", "--run", "sealed/run",
                      "--nodes", 2)
        self.assert_error(run, INFRASTRUCTURE, "sealed/run")

    def test_reading_a_run_on_a_read_only_disk(self):
        self.small_task()
        folder = self.mounted("disk", "64m")
        run = self.ke("optimize", "small_softmax", "--run", "disk/run",
                      "--nodes", 2)
        self.assertEqual(run.code, DONE, str(run))
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        for command in (("show", "disk/run"), ("show", "disk/run/1"),
                        ("runs", "disk")):
            shown = self.ke(*command)
            self.assertEqual(shown.code, DONE, str(shown))
        resumed = self.ke("optimize", "small_softmax", "--run", "disk/run",
                          "--resume", "--nodes", 4)
        self.assert_error(resumed, INFRASTRUCTURE, "disk/run")

    def fill(self, folder):
        with open(folder / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"\0" * 4096)
            except OSError:
                pass

    def test_disk_fills_up_during_a_run(self):
        folder = self.mounted("disk", "16m")
        self.small_task()
        process = self.start("optimize", "small_softmax", "--run", "disk/run",
                             "--nodes", 300)
        self.wait_for(lambda: len(self.recorded("disk/run/run.db")) >= 3
                      or process.poll() is not None, "the first nodes")
        self.fill(folder)
        run = self.finish(process)
        self.assert_error(run, INFRASTRUCTURE, "disk/run")
        before = self.recorded("disk/run/run.db")
        self.assertGreaterEqual(len(before), 3)
        (folder / "filler").unlink()
        again = self.ke("optimize", "small_softmax", "--run", "disk/run",
                        "--resume", "--nodes", len(before) + 2)
        self.assertEqual(again.code, DONE, str(again))
        self.assert_kept(before, self.recorded("disk/run/run.db"))

    def test_no_room_at_all(self):
        folder = self.mounted("disk", "64k")
        self.small_task()
        self.fill(folder)
        run = self.ke("optimize", "small_softmax", "--run", "disk/run",
                      "--nodes", 2)
        self.assert_error(run, INFRASTRUCTURE, "disk/run")
