"""bench/mutants.py: two mutants of one small task are made and killed."""

import json
import os
import subprocess
import sys

from harness import BIN, DONE, PATIENCE_S, ROOT, USAGE, Case, Run

PROGRAM = ROOT / "bench" / "mutants.py"
OPERATORS = ("off_64x_last", "sum_overwritten")


class Mutants(Case):
    def mutants(self, *arguments):
        run = subprocess.run(
            [sys.executable, PROGRAM, *map(str, arguments)], cwd=self.folder,
            env={**os.environ, "KE_BIN": str(BIN)}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        return Run(run.returncode, run.stdout, run.stderr)

    def test_one_of_each_kind_is_killed(self):
        log = self.folder / "log.jsonl"
        run = self.mutants(
            self.small_task(), "--out", self.folder / "out", "-o", log,
            "--sources", 1, *(f"--only={name}" for name in OPERATORS))
        self.assertEqual(run.code, DONE, str(run))
        start, *mutants, task = map(json.loads, log.read_text().splitlines())
        for key in ("version", "machine", "date"):
            self.assertTrue(start[key], str(run))
        self.assertEqual([m["operator"] for m in mutants], list(OPERATORS))
        self.assertEqual([m["kind"] for m in mutants], ["wrapper", "source"])
        for mutant in mutants:
            self.assertEqual((mutant["outcome"], mutant["status"]),
                             ("killed", "REJECT"), str(run))
            source = self.folder / "out" / mutant["source"]
            self.assertIn("ke_run", source.read_text())
        self.assertEqual((task["killed"], task["made"]), (2, 2), str(run))
        self.assertIn("2 of 2 killed", run.out)

    def test_a_language_without_mutants(self):
        run = self.mutants("--target", "triton@sm_90", "softmax")
        self.assertEqual(run.code, USAGE, str(run))
