"""Runs that are judged on another machine, and what may befall the bundles."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from harness import BIN, DONE, NOTHING, TARGETS, USAGE, Case

WORKER = BIN / "kernelevolve-worker"


class BundleCase(Case):
    def setUp(self):
        super().setUp()
        self.small_task()
        self.exchange = self.folder / "exchange"

    def begin(self, *flags, nodes=6):
        return self.ke("optimize", "small_softmax", "--run", "run", "--nodes",
                       nodes, "--executor", f"bundle:{self.exchange}", *flags)

    def resume(self, *flags):
        return self.ke("optimize", "small_softmax", "--run", "run", "--resume",
                       *flags)

    def start_worker(self, *arguments):
        process = subprocess.Popen(
            [str(WORKER), "run-bundle", *map(str, arguments)], cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.addCleanup(self.end, process)
        return process

    def judge(self, *flags):
        return self.finish(self.start_worker(self.exchange, *flags))

    def to_the_end(self, run):
        """Carries bundles to and fro until the run is done."""
        for _ in range(20):
            self.assertEqual(run.code, DONE, str(run))
            if "waiting for results" not in run.out:
                return run
            self.assertIn(f"run-bundle {self.exchange}", run.out)
            judged = self.judge()
            self.assertEqual(judged.code, DONE, str(judged))
            run = self.resume()
        self.fail("no end to it")

    def results(self):
        return sorted(self.exchange.glob("*.result.json"))

    def judge_while(self, process):
        """Judges what a search that waits has asked, until it ends by itself."""
        while process.poll() is None:
            if any(not (self.exchange / f"{request.name[:6]}.result.json").exists()
                   for request in self.exchange.glob("*.request")):
                run = self.judge()
                self.assertEqual(run.code, DONE, str(run))
            time.sleep(0.1)
        run = self.finish(process)
        self.assertEqual(run.code, DONE, str(run))
        return run


class Rounds(BundleCase):
    def test_a_model_is_asked_for_whole_kernels(self):
        # Its tools would ask a judge who is a journey away.
        (self.folder / "author.py").write_text(
            "import json, sys\n"
            "request = json.load(sys.stdin)\n"
            "open('asked', 'a').write(json.dumps(request) + chr(10))\n"
            "print('```cpp\\n' + open('kernel.cc').read() + '```')\n")
        (self.folder / "kernel.cc").write_text((TARGETS / "good.cc").read_text())
        run = self.begin("--bundle-size", 2, "--model",
                         f"exec:{sys.executable} author.py", nodes=1)
        self.assertIn("mcts with llm", run.out)
        self.assertIn("has not come back yet", run.out)
        asked = (self.folder / "asked").read_text()
        self.assertNotIn('"tools"', asked)
        self.assertNotIn("evaluate(", asked)
        self.judge()
        resumed = self.resume()
        self.assertIn("mcts with llm", resumed.out)

    def test_from_task_to_a_final_number(self):
        run = self.to_the_end(self.begin("--bundle-size", 4))
        self.assertIn("final stage", run.out)
        self.assertIn("6 kernels judged", run.out)
        self.assertGreaterEqual(len(self.results()), 4)
        shown = self.ke("show", "run")
        self.assertEqual(shown.code, DONE, str(shown))
        with open(self.results()[0]) as lines:
            next(lines)
            self.assertIn(json.loads(next(lines))["device"], shown.out)
        for request in self.exchange.glob("*.request/*"):
            self.assertEqual(request.stat().st_mode & 0o777, 0o600, request)

    def test_a_shared_folder(self):
        process = self.start(
            "optimize", "small_softmax", "--run", "run", "--nodes", 3,
            "--executor", f"bundle:{self.exchange}", "--bundle-wait", 4)
        run = self.judge_while(process)
        self.assertIn("final stage", run.out)

    def test_interrupted_and_killed(self):
        self.assertEqual(self.begin("--bundle-size", 6).code, DONE)
        for number in (signal.SIGINT, signal.SIGKILL):
            process = self.start_worker(self.exchange, "--jobs", 1)
            line = process.stdout.readline()
            while b"of 6 judged," not in line:
                self.assertTrue(line, "it ended early")
                line = process.stdout.readline()
            process.send_signal(number)
            out, err = process.communicate()
            if number == signal.SIGINT:
                self.assertEqual(process.returncode, NOTHING, err.decode())
            self.assertEqual(self.results(), [])
        judged = self.judge()
        self.assertEqual(judged.code, DONE, str(judged))
        self.assertNotIn(" 0 of them judged already", judged.out)
        with open(self.results()[0]) as lines:
            answers = [json.loads(line)["request"] for line in lines
                       if '"request"' in line]
        self.assertEqual(len(answers), 6)
        self.assertEqual(len(set(answers)), 6)
        self.to_the_end(self.resume())


class Recorded(BundleCase):
    """A recording of such a run makes the same tree, with no judge at all."""

    AUTHOR = ("import json, sys\n"
              "seed = json.load(sys.stdin)['seed']\n"
              "print(f'PLAN: seed {seed}\\n```cpp\\n' + open('kernel.cc').read()\n"
              "      + f'static int v{seed} [[gnu::unused]];\\n```')\n")

    def begin_recorded(self, *flags, nodes):
        (self.folder / "author.py").write_text(self.AUTHOR)
        (self.folder / "kernel.cc").write_text((TARGETS / "good.cc").read_text())
        return self.begin("--proposer", "mixed", "--model",
                          f"exec:{sys.executable} author.py", "--record",
                          "rec.jsonl", *flags, nodes=nodes)

    def tree(self, run):
        with sqlite3.connect(f"file:{self.folder / run}/run.db?mode=ro",
                             uri=True) as database:
            nodes = list(database.execute(
                "SELECT id, kind, candidate_id, parent_id, draft_index, fitness, "
                "origin, description FROM nodes LEFT JOIN node_parents ON "
                "node_id = id ORDER BY id"))
            verdicts = sorted(database.execute(
                "SELECT node_id, candidate_id, stage, status, code, speedup, "
                "speedup_low, speedup_high FROM evaluations"))
            model = list(database.execute(
                "SELECT model_calls, model_input_tokens, model_output_tokens "
                "FROM runs"))
        return nodes, verdicts, model

    def play(self):
        return self.ke("optimize", "small_softmax", "--proposer",
                       "replay:rec.jsonl", "--run", "played",
                       env={"PATH": "/nonexistent"})

    def plays(self):
        played = self.play()
        self.assertEqual(played.code, DONE, str(played))
        self.assertNotIn("other words", played.out)
        for part, (recorded, again) in enumerate(
                zip(self.tree("run"), self.tree("played"))):
            self.assertEqual(recorded, again, f"part {part}\n{played}")
        for run in ("run", "played"):
            self.assertRegex(self.ke("show", run).out, "device .+, .+")

    def test_in_rounds_and_to_the_end_here(self):
        run = self.begin_recorded("--bundle-size", 4, nodes=14)
        # Nothing has come yet.
        self.assertIn("waiting for results", self.resume().out, str(run))
        for _ in range(2):
            run = self.judge()
            self.assertEqual(run.code, DONE, str(run))
            run = self.resume()
            self.assertIn("waiting for results", run.out, str(run))
        run = self.resume("--executor", "local", "--jobs", 3, "--nodes", 20)
        self.assertIn("final stage", run.out, str(run))
        self.plays()

    def test_what_was_judged_twice(self):
        self.begin_recorded("--bundle-size", 4, nodes=6)
        run = self.judge()
        self.assertEqual(run.code, DONE, str(run))
        shutil.copytree(self.folder / "run", self.folder / "kept")
        self.resume()
        shutil.rmtree(self.folder / "run")
        (self.folder / "kept").rename(self.folder / "run")
        run = self.resume("--executor", "local", "--jobs", 1)
        self.assertIn("final stage", run.out, str(run))
        self.plays()

    def test_without_an_interruption(self):
        process = self.start(
            "optimize", "small_softmax", "--run", "run", "--nodes", 10,
            "--executor", f"bundle:{self.exchange}", "--bundle-wait", 4,
            "--bundle-size", 3, "--proposer", "mixed", "--model",
            f"exec:{sys.executable} author.py", "--record", "rec.jsonl")
        (self.folder / "author.py").write_text(self.AUTHOR)
        (self.folder / "kernel.cc").write_text((TARGETS / "good.cc").read_text())
        self.judge_while(process)
        self.plays()

    def test_an_order_that_nobody_wrote_down(self):
        self.to_the_end(self.begin_recorded("--bundle-size", 4, nodes=6))
        recording = self.folder / "rec.jsonl"
        recording.write_text("".join(
            line for line in recording.read_text().splitlines(True)
            if '"node":' not in line[:300] or '"is":' in line
            or '"resumed":' in line or '"reply":' in line))
        played = self.play()
        self.assertIn("does not say in which order", played.out, str(played))


class Damaged(BundleCase):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.begin("--bundle-size", 3).code, DONE)

    def goes_on_after(self, change, *words):
        run = self.judge()
        self.assertEqual(run.code, DONE, str(run))
        (result,) = self.results()
        lines = result.read_text().splitlines(keepends=True)
        result.write_text("".join(change(lines)))
        run = self.resume()
        for word in words:
            self.assertIn(word, run.out, str(run))
        self.assertIn("waiting for results", run.out, str(run))
        return run

    def test_truncated(self):
        run = self.goes_on_after(lambda lines: lines[:2] + [lines[2][:50]],
                                 "truncated", "2 of 3 candidates missing")
        self.assertIn("6 kernels judged", self.to_the_end(run).out)

    def test_changed(self):
        self.goes_on_after(
            lambda lines: [lines[0], lines[1].replace("ACCEPT", "REJECT"),
                           *lines[2:]], "wrong digest of the answer",
            "1 of 3 candidates missing")

    def test_twice(self):
        self.goes_on_after(lambda lines: [*lines[:3], lines[2], lines[4]],
                           "answered twice", "1 of 3 candidates missing")

    def test_of_another_bundle(self):
        self.goes_on_after(
            lambda lines: [lines[0].replace('"bundle":"', '"bundle":"0'),
                           *lines[1:]], "another bundle")

    def test_request_changed_on_the_way(self):
        request = self.exchange / "000001.request" / "0001.json"
        request.write_text(request.read_text() + " ")
        judged = self.judge()
        self.assertEqual(judged.code, NOTHING, str(judged))
        self.assertIn("0001.json: wrong digest", judged.err)
        self.assertIn("waiting for results", self.resume().out)


class Words(BundleCase):
    def test_flags(self):
        self.assert_error(self.ke("optimize", "small_softmax", "--executor",
                                  "slurn", "--nodes", "1"),
                          USAGE, "slurn", "bundle:DIR")
        self.assert_error(self.ke("optimize", "small_softmax", "--executor",
                                  "bundle:x"), USAGE, "--nodes")
        self.assert_error(self.ke("optimize", "small_softmax", "--bundle-size",
                                  "3", "--nodes", "1"), USAGE, "--executor")

    def test_a_folder_without_bundles(self):
        self.exchange.mkdir()
        judged = self.judge()
        self.assertEqual(judged.code, NOTHING, str(judged))
        self.assertIn("holds no bundles", judged.err)
        wrong = self.judge("--jobs", "many")
        self.assertEqual(wrong.code, USAGE, str(wrong))

    def test_two_at_once(self):
        self.assertEqual(self.begin("--bundle-size", 6).code, DONE)
        first = self.start_worker(self.exchange, "--jobs", 1)
        first.stdout.readline()
        second = self.judge()
        self.assertEqual(second.code, NOTHING, str(second))
        self.assertIn("another process", second.err)
        self.assertEqual(self.finish(first).code, DONE)
