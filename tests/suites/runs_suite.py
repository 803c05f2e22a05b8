"""A run from its start to an exported kernel, and what may befall it."""

import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time

from harness import (BIN, DONE, INFRASTRUCTURE, MISSING, NOTHING, PROGRAM, ROOT,
                     TARGETS, USAGE, Case, descendants)


class RunCase(Case):
    def optimize(self, *flags, nodes=6):
        return ("optimize", "small_softmax", "--run", "run", "--nodes", nodes,
                *flags)

    def resume(self, *flags):
        return ("optimize", "small_softmax", "--run", "run", "--resume", *flags)

    def recorded(self, database="run/run.db"):
        """Node id -> candidate id, as another process sees it now."""
        path = self.folder / database
        if not path.exists():
            return {}
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
                return dict(connection.execute(
                    "SELECT id, candidate_id FROM nodes ORDER BY id"))
        except sqlite3.Error:
            return {}  # not made yet

    def started_run(self, *flags, at_least=2, nodes=200, env=None):
        """A run in progress with some nodes recorded."""
        self.small_task()
        process = self.start(*self.optimize(*flags, nodes=nodes), env=env)
        self.wait_for(lambda: len(self.recorded()) >= at_least
                      or process.poll() is not None, "the first nodes")
        if process.poll() is not None:
            self.fail(f"the run ended early: {self.finish(process)}")
        return process

    def assert_kept(self, before, after):
        """Nothing recorded was lost, changed or evaluated twice."""
        self.assertEqual(before, {k: after[k] for k in before if k in after})
        self.assertEqual(len(set(after.values())), len(after))


class MainJob(RunCase):
    def test_from_task_to_verified_export(self):
        self.small_task()
        run = self.ke(*self.optimize(nodes=8))
        self.assertEqual(run.code, DONE, str(run))
        self.assert_clean(run.out)
        for word in ("final stage", "kernel ", "measure ", "95 %"):
            self.assertIn(word, run.out)
        self.assertTrue((self.folder / "run" / "best" / "kernel.cc").exists())
        self.measured_again(run)
        self.looked_at()
        self.exported()

    def measured_again(self, run):
        """The printed command, as printed."""
        (line,) = [line for line in run.out.splitlines()
                   if line.startswith("measure ")]
        words = line.split()[1:]
        self.assertEqual(words[0], str(PROGRAM))
        again = self.ke(*words[1:])
        self.assertEqual(again.code, DONE, str(again))
        self.assertIn("final stage", again.out)

    def looked_at(self):
        shown = self.ke("show", "run")
        self.assertEqual(shown.code, DONE, str(shown))
        self.assertIn("lineage", shown.out)
        node = self.ke("show", "run/1", "--source")
        self.assertIn("ke_run", node.out)
        self.assertEqual(self.ke("show", "run/99999").code, USAGE)
        diff = self.ke("diff", "run/1", "run/2")
        self.assertEqual(diff.code, DONE, str(diff))
        listed = self.ke("runs", ".", "--json").objects()
        self.assertEqual([entry["run"] for entry in listed], ["run"])
        self.assertEqual(listed[0]["state"], "done")

    def exported(self):
        for to in ("c", "cmake"):
            export = self.ke("export", "run", "--to", to, "-o", f"out_{to}")
            self.assertEqual(export.code, DONE, str(export))
        again = self.ke("export", "run", "--to", "c", "-o", "out_c")
        self.assert_error(again, USAGE, "out_c")
        verify = self.ke("verify", "out_cmake")
        self.assertEqual(verify.code, DONE, str(verify))
        kernel = self.folder / "out_c" / "kernel.cc"
        kernel.write_text(kernel.read_text() + "\n// edited\n")
        self.assert_error(self.ke("verify", "out_c"), USAGE, kernel.name)

    def test_json_is_objects_and_nothing_else(self):
        self.small_task()
        run = self.ke(*self.optimize("--json", nodes=4))
        self.assertEqual(run.code, DONE, str(run))
        objects = run.objects()
        done = objects[-1]
        self.assertEqual(done["event"], "done")
        for key in ("best", "nodes", "accepted", "reason", "run"):
            self.assertIn(key, done)
        self.assertEqual(done["best"]["status"], "ACCEPT")
        self.assertEqual(sum(entry["event"] == "node" for entry in objects), 4)

    def test_seed_kernel(self):
        self.small_task()
        run = self.ke(*self.optimize("--seed-kernel", TARGETS / "good.cc",
                                     "--json", nodes=3))
        self.assertEqual(run.code, DONE, str(run))
        kinds = [entry["kind"] for entry in run.objects()
                 if entry["event"] == "node"]
        self.assertEqual(kinds.count("seed"), 1, kinds)

    def test_a_run_that_finds_nothing(self):
        task = self.small_task()
        text = (task / "reference.cc").read_text()
        # A softmax times two: no recipe of softmax is right for it.
        changed = text.replace("y[i] /= sum", "y[i] = y[i] / sum * real(2)")
        self.assertNotEqual(text, changed)
        (task / "reference.cc").write_text(changed)
        run = self.ke(*self.optimize(nodes=3))
        self.assertIn(run.code, (DONE, NOTHING), str(run))
        if run.code == NOTHING:
            self.assertIn("No kernel was accepted", run.out)


class OneShape(RunCase):
    def two_shapes(self):
        folder = self.small_task()
        task = (folder / "task.toml").read_text()
        (folder / "task.toml").write_text(task.replace(
            "[domain]", '[[shapes]]\nname = "long"\nrows = 8\ncols = 300\n\n'
                        "[domain]"))

    def shapes_of(self, verdict):
        return [shape["name"] for shape in verdict["shapes"]]

    def test_evaluate(self):
        self.two_shapes()
        command = ("evaluate", "small_softmax", TARGETS / "good.cc", "--json")
        (whole,) = self.ke(*command).objects()
        self.assertEqual(self.shapes_of(whole), ["only", "long"])
        (part,) = self.ke(*command, "--shape", "long").objects()
        self.assertEqual(self.shapes_of(part), ["long"])
        self.assertIn("at shape long alone: 1 more of the task was left out",
                      part["notes"])
        self.assert_error(self.ke(*command, "--shape", "short"), USAGE,
                          "'short'", "only, long")

    def test_a_run_keeps_it(self):
        self.two_shapes()
        run = self.ke(*self.optimize("--shape", "long", nodes=3))
        self.assertEqual(run.code, DONE, str(run))
        (measure,) = [line for line in run.out.splitlines()
                      if line.startswith("measure ")]
        self.assertIn("--shape long", measure)
        self.assertIn("--shape long", self.ke("show", "run").out)
        self.assert_error(self.ke(*self.resume("--shape", "only")), USAGE,
                          "--shape long alone", "--shape only alone")
        resumed = self.ke(*self.resume("--nodes", "4"))
        self.assertEqual(resumed.code, DONE, str(resumed))
        export = self.ke("export", "run", "--to", "c", "-o", "out")
        self.assertEqual(export.code, DONE, str(export))
        verify = self.ke("verify", "out", "--json")
        self.assertEqual(self.shapes_of(verify.objects()[0]["evaluation"]),
                         ["long"])


class Interrupted(RunCase):
    def assert_ends_cleanly(self, number):
        process = self.started_run()
        process.send_signal(number)
        run = self.finish(process)
        self.assertIn(run.code, (DONE, NOTHING), str(run))
        self.assertIn("interrupted", run.out)
        (line,) = [line for line in run.out.splitlines()
                   if line.startswith("resume ")]
        before = self.recorded()
        again = self.ke(*line.split()[2:], "--nodes", len(before) + 2)
        self.assertEqual(again.code, DONE, str(again))
        self.assert_kept(before, self.recorded())

    def test_ctrl_c(self):
        self.assert_ends_cleanly(signal.SIGINT)

    def test_sigterm(self):
        self.assert_ends_cleanly(signal.SIGTERM)

    def test_second_ctrl_c_ends_at_once(self):
        process = self.started_run()
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            time.sleep(0.02)
        self.assertIn(self.finish(process).code, (130, DONE, NOTHING))

    def test_no_process_is_left(self):
        process = self.started_run()
        workers = descendants(process.pid, "serve")
        self.assertTrue(workers)
        process.send_signal(signal.SIGINT)
        self.finish(process)
        self.wait_for(lambda: not any(
            pathlib.Path(f"/proc/{pid}").exists() for pid in workers),
            "the workers to end")


class Killed(RunCase):
    def test_engine(self):
        process = self.started_run(at_least=3)
        before = self.recorded()
        workers = descendants(process.pid, "serve")
        process.kill()
        process.communicate()
        self.wait_for(lambda: not any(
            pathlib.Path(f"/proc/{pid}").exists() for pid in workers),
            "the workers to end with their engine")
        run = self.ke(*self.resume("--nodes", len(before) + 3))
        self.assertEqual(run.code, DONE, str(run))
        self.assert_kept(before, self.recorded())

    def kill_below(self, word):
        process = self.started_run(nodes=8)
        before = self.recorded()

        def kill_one():
            for pid in descendants(process.pid, word):
                try:
                    os.kill(pid, signal.SIGKILL)
                    return True
                except ProcessLookupError:
                    continue
            return process.poll() is not None

        self.wait_for(kill_one, f"a process with '{word}'")
        run = self.finish(process)
        self.assertEqual(run.code, DONE, str(run))
        after = self.recorded()
        self.assert_kept(before, after)
        self.assertEqual(len(after), 8, str(run))

    def test_worker(self):
        self.kill_below("serve")

    def test_candidate(self):
        self.kill_below("runner")


class Refused(RunCase):
    def test_second_process_on_one_run(self):
        process = self.started_run()
        run = self.ke(*self.resume())
        self.assert_error(run, USAGE, str(process.pid))
        self.assertIsNone(process.poll(), "the first one goes on")

    def test_looking_at_a_run_in_progress(self):
        self.started_run()
        for command in (("show", "run"), ("show", "run/1"), ("runs", ".")):
            run = self.ke(*command)
            self.assertEqual(run.code, DONE, str(run))

    def test_folder_that_holds_a_run(self):
        self.small_task()
        self.assertEqual(self.ke(*self.optimize(nodes=2)).code, DONE)
        before = self.recorded()
        self.assert_error(self.ke(*self.optimize()), USAGE, "run", "--resume")
        self.assertEqual(self.recorded(), before)

    def test_newer_schema(self):
        self.small_task()
        self.assertEqual(self.ke(*self.optimize(nodes=2)).code, DONE)
        with sqlite3.connect(self.folder / "run" / "run.db") as connection:
            for key in ("schema_version", "lowest_compatible"):
                connection.execute("UPDATE meta SET value = '1000' WHERE key = ?",
                                   (key,))
        connection.close()
        for command in (self.resume(), ("show", "run")):
            self.assert_error(self.ke(*command), USAGE, "1000", "newer")

    def test_task_edited_between_run_and_resume(self):
        task = self.small_task()
        self.assertEqual(self.ke(*self.optimize(nodes=2)).code, DONE)
        before = self.recorded()
        text = (task / "task.toml").read_text()
        (task / "task.toml").write_text(text.replace("rows = 128", "rows = 129"))
        self.assert_error(self.ke(*self.resume("--nodes", 4)), USAGE, "task")
        self.assertEqual(self.recorded(), before)
        (task / "task.toml").write_text(text)
        self.assertEqual(self.ke(*self.resume("--nodes", 3)).code, DONE)

    def test_damaged_store(self):
        self.small_task()
        self.assertEqual(self.ke(*self.optimize(nodes=2)).code, DONE)
        for rest in ("run.db-wal", "run.db-shm"):
            (self.folder / "run" / rest).unlink(missing_ok=True)
        (self.folder / "run" / "run.db").write_bytes(b"not a database" * 1000)
        self.assert_error(self.ke(*self.resume()), INFRASTRUCTURE, "run.db")


class MissingParts(RunCase):
    def test_no_compiler(self):
        self.small_task()
        empty = self.folder / "empty"
        empty.mkdir()
        for command in (self.optimize(nodes=1),
                        ("evaluate", "small_softmax", TARGETS / "good.cc")):
            run = self.ke(*command, env={"PATH": str(empty)})
            self.assert_error(run, MISSING, "g++", "apt-get install g++")

    def test_doctor_without_a_compiler(self):
        empty = self.folder / "empty"
        empty.mkdir()
        run = self.ke("doctor", env={"PATH": str(empty)})
        self.assertEqual(run.code, MISSING, str(run))
        self.assertIn("apt-get install g++", run.out)

    def test_doctor_here(self):
        run = self.ke("doctor")
        self.assertEqual(run.code, DONE, str(run))
        for word in ("g++", "OpenBLAS", "cgroup", "sandbox"):
            self.assertIn(word, run.out)
        for word in ("hipcc", "tlx", "cute", "fly", "AMD GPU"):
            self.assertNotIn(word, run.out, "no target of this version uses it")
        self.assertEqual(self.ke("doctor", "--json").code, DONE)

    def test_no_worker(self):
        self.small_task()
        lonely = self.folder / "bin" / "kernelevolve"
        lonely.parent.mkdir()
        shutil.copy(PROGRAM, lonely)
        for data in ("tasks", "targets", "knowledge", "include", "runners"):
            (self.folder / data).symlink_to(ROOT / data)
        process = subprocess.Popen(
            [str(lonely), "optimize", "softmax", "--nodes", "1"],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assert_error(self.finish(process), MISSING, "kernelevolve-worker")

    def test_worker_beside_the_program(self):
        self.assertTrue((BIN / "kernelevolve-worker").exists())
