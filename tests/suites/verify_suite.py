"""Stored results, judged again: the regression watch."""

import json
import shutil
import subprocess

from harness import (DONE, MISSING, NOTHING, PROGRAM, ROOT, TARGETS, USAGE,
                     Case)


class VerifyCase(Case):
    def stored(self, *flags, kernel="tunable.cc", name="found/one.jsonl"):
        """A result of a small task, as evaluate prints it, and its object."""
        if not (self.folder / "small_softmax").exists():
            self.small_task()
        shutil.copy(TARGETS / kernel, self.folder / kernel)
        run = self.ke("evaluate", "small_softmax", kernel, "--json", *flags)
        (verdict,) = run.objects()
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(run.out)
        return path, verdict

    def rewrite(self, path, **changes):
        verdict = {**json.loads(path.read_text()), **changes}
        path.write_text(json.dumps(verdict) + "\n")

    def refused(self, *flags):
        """A result that no time enters: for what is not about times."""
        return self.stored(*flags, kernel="fails.cc")

    def all_of(self, *flags):
        run = self.ke("verify", "--all", "found", "--json", *flags)
        return run.code, run.objects()


class Watch(VerifyCase):
    def test_what_evaluate_prints_is_judged_again(self):
        path, verdict = self.stored("--set", "UNROLL=8")
        for key in ("task", "task_digest", "target", "parameters", "device",
                    "toolchain", "cpu", "judge"):
            self.assertTrue(verdict[key], key)
        # A slower moment is not what this is about.
        self.rewrite(path, speedup_ci=[verdict["speedup"] / 1000,
                                       verdict["speedup"] * 1000])
        # From a folder below, so that its file's place has to tell.
        code, (report,) = self.all_of()
        self.assertEqual(code, DONE, str(report))
        self.assertTrue(report["same_kind_of_machine"])
        self.assertEqual(report["recorded_speedup"], verdict["speedup"])
        again = report["evaluation"]
        self.assertEqual(again["id"], verdict["id"])
        self.assertEqual(again["parameters"], {"UNROLL": "8"})
        self.assertEqual(again["stage"], "search")
        self.assertEqual(self.ke("verify", path).code, DONE)

    def test_slower_than_its_interval(self):
        path, verdict = self.stored()
        self.rewrite(path, speedup=100 * verdict["speedup"],
                     speedup_ci=[90 * verdict["speedup"],
                                 110 * verdict["speedup"]])
        code, (report,) = self.all_of()
        self.assertEqual((code, report["outcome"]), (NOTHING, "slower"))
        self.assertIn("first_speedup", report)
        self.assertIn("likely cause", report["conclusion"])
        self.rewrite(path, device="another CPU (64 cores)",
                     speedup_ci=[90 * verdict["speedup"],
                                 110 * verdict["speedup"]])
        run = self.ke("verify", "--all", "found")
        self.assertEqual(run.code, DONE, str(run))
        self.assertIn("another machine", run.out)

    def test_no_longer_right(self):
        path, verdict = self.stored()
        task = self.folder / "small_softmax" / "reference.cc"
        text = task.read_text()
        task.write_text(text.replace("y[i] /= sum", "y[i] = y[i] / sum * real(2)"))
        self.assertNotEqual(text, task.read_text())
        code, (report,) = self.all_of()
        self.assertEqual((code, report["outcome"]), (NOTHING, "not right"))
        self.assertIn("the task was changed", report["conclusion"])

    def test_one_shape_and_stage(self):
        self.refused("--shape", "only")
        code, (report,) = self.all_of("--stage", "confirm")
        self.assertEqual((code, report["outcome"]), (DONE, "as recorded"))
        self.assertEqual(report["evaluation"]["only_shapes"], ["only"])
        self.assertEqual(report["evaluation"]["stage"], "confirm")
        self.assertEqual(report["recorded_stage"], "search")

    def test_a_refusal_is_a_result_too(self):
        self.refused()
        code, (report,) = self.all_of()
        self.assertEqual((code, report["outcome"]), (DONE, "as recorded"))

    def test_many_are_counted(self):
        path, _ = self.refused()
        (self.folder / "found" / "gpu.jsonl").write_text(path.read_text())
        self.rewrite(self.folder / "found" / "gpu.jsonl", target="cuda@sm_999")
        (self.folder / "found" / "broken.json").write_text('{"status":')
        run = self.ke("verify", "--all", "found")
        self.assertEqual(run.code, DONE, str(run))
        self.assert_clean(run.out)
        self.assertIn("2 results: 1 as recorded, 1 not run", run.out)
        self.assertNotIn("broken.json", run.out + run.err)

    def test_a_lost_line_fails(self):
        path, _ = self.refused()
        line = path.read_text()
        path.write_text(line + line[:200])
        (self.folder / "found" / "manifest.json").write_text('{"format": 1,')
        code, reports = self.all_of()
        self.assertEqual(code, USAGE)
        self.assertEqual([(each["result"], each["outcome"]) for each in reports],
                         [("found/manifest.json", "unreadable"),
                          ("found/one.jsonl:1", "as recorded"),
                          ("found/one.jsonl:2", "unreadable")])

    def test_the_best_of_a_run(self):
        self.small_task()
        run = self.ke("optimize", "small_softmax", "--run", "run", "--nodes", 2)
        self.assertEqual(run.code, DONE, str(run))
        export = self.ke("export", "run", "--to", "c", "-o", "out")
        self.assertEqual(export.code, DONE, str(export))
        run = self.ke("verify", "--all", ".", "--json", "--stage", "search")
        self.assertEqual([report["result"] for report in run.objects()],
                         ["./out", "./run/best/result.json"])
        for report in run.objects():
            self.assertIn(report["outcome"],
                          ("as recorded", "faster", "slower"), str(report))
            self.assertTrue(report["evaluation"]["parameters"], str(report))
        exported, best = run.objects()
        self.assertNotIn("id", exported["evaluation"])
        for key in ("device", "toolchain", "cpu", "judge"):
            self.assertEqual(best["evaluation"][key],
                             best["recorded_machine"][key])
            self.assertTrue(best["evaluation"][key], key)
        # What was judged now may be stored: beside what it names.
        stored = self.folder / "run" / "best" / "again.json"
        stored.write_text(json.dumps(best["evaluation"]))
        run = self.ke("verify", stored, "--json", "--stage", "search")
        self.assertEqual(run.objects()[0]["evaluation"]["id"],
                         best["evaluation"]["id"], str(run))


class CannotJudge(VerifyCase):
    def test_changed_kernel(self):
        path, _ = self.stored()
        kernel = self.folder / "tunable.cc"
        kernel.write_text(kernel.read_text() + "\n// edited\n")
        self.assert_error(self.ke("verify", path), USAGE, "tunable.cc",
                          "not the kernel")
        code, (report,) = self.all_of()
        self.assertEqual((code, report["outcome"]), (USAGE, "unreadable"))

    def test_an_older_result_says_what_is_missing(self):
        path, verdict = self.stored()
        del verdict["task"], verdict["target"]
        path.write_text(json.dumps(verdict))
        self.assert_error(self.ke("verify", path), USAGE, '"task"', '"target"')

    def test_no_such_device(self):
        path, _ = self.stored()
        self.rewrite(path, target="cuda@sm_999")
        self.assert_error(self.ke("verify", path), MISSING, "sm_999")

    def test_workers_that_do_not_start(self):
        path, _ = self.stored()
        path.write_text(2 * path.read_text())
        lonely = self.folder / "bin" / "kernelevolve"
        lonely.parent.mkdir()
        shutil.copy(PROGRAM, lonely)
        for data in ("tasks", "targets", "knowledge", "include", "runners"):
            (self.folder / data).symlink_to(ROOT / data)
        run = self.finish(subprocess.Popen(
            [str(lonely), "verify", "--all", "found", "--json",
             "--unsafe-no-sandbox"],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        self.assertEqual(run.code, MISSING, str(run))
        self.assertEqual([each["outcome"] for each in run.objects()],
                         2 * ["not run"])
        self.assertIn("kernelevolve-worker", run.out)
        # Tried once for both.
        self.assertEqual(run.err.count("WARNING"), 1, str(run))

    def test_nothing_there(self):
        (self.folder / "empty").mkdir()
        self.assert_error(self.ke("verify", "--all", "empty"), USAGE, "empty",
                          "evaluate --json")
        self.assert_error(self.ke("verify", "--all", "nowhere"), USAGE, "nowhere")
        self.assert_error(self.ke("verify", "empty"), USAGE, "--all")
        self.assert_error(self.ke("verify", "--all", "empty", "--stage", "last"),
                          USAGE, "'last'", "final")
