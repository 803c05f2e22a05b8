"""A language model in the loop, played by a local server, a program, a folder."""

import sqlite3
import sys

from harness import DONE, MISSING, NOTHING, ROOT, TARGETS, USAGE, Case
from model_server import ModelServer

GOOD = (TARGETS / "good.cc").read_text()
KEY = "sk-test-0123456789abcdef0123456789abcdef"


def kernel_answer(number, source=GOOD):
    return (f"PLAN: variant {number}\n```cpp\n{source}\n"
            f"static int variant_{number} [[gnu::unused]];\n```\n")


class ModelCase(Case):
    def setUp(self):
        super().setUp()
        self.small_task()

    def serve(self, answer):
        server = ModelServer(answer)
        self.addCleanup(server.close)
        return server

    def optimize(self, *flags, nodes=3, run="run", env=None):
        return self.ke("optimize", "./small_softmax", "--run", run, "--nodes",
                       nodes, "--jobs", 1, "--no-tools", *flags,
                       env={"KE_API_KEY": KEY, **(env or {})})

    def nodes(self, run="run"):
        with sqlite3.connect(f"file:{self.folder / run}/run.db?mode=ro",
                             uri=True) as database:
            return list(database.execute(
                "SELECT n.id, n.kind, n.candidate_id, n.fitness, n.description, "
                "e.code FROM nodes n JOIN evaluations e ON e.id = (SELECT "
                "MIN(id) FROM evaluations WHERE node_id = n.id) ORDER BY n.id"))

    def everything_written(self):
        """The bytes of every file that the program left."""
        return b"".join(path.read_bytes() for path in self.folder.rglob("*")
                        if path.is_file())


class Served(ModelCase):
    def test_a_run_and_what_was_said(self):
        server = self.serve(lambda request, number: kernel_answer(number))
        run = self.optimize("--model", f"{server.url}#small")
        self.assertEqual(run.code, DONE, str(run))
        self.assertIn("a kernel takes about", run.out)
        self.assertIn("Model: 3 calls, 3300 tokens", run.out)
        self.assertEqual(server.keys[0], f"Bearer {KEY}")
        shown = self.ke("show", "run/1", "--prompt")
        self.assertIn("small_softmax", shown.out)
        self.assertIn("variant 0", shown.out)
        sent = server.requests[0]["messages"][1]["content"]
        self.assertIn(sent.strip(), shown.out)

    def test_what_the_judge_found_is_what_the_next_prompt_says(self):
        wrong = GOOD.replace("return 0;", "return 7;")
        self.assertNotEqual(wrong, GOOD)

        def answer(request, number):
            return kernel_answer(number, wrong if number == 0 else GOOD)

        server = self.serve(answer)
        (self.folder / "seed.cc").write_text(wrong)
        run = self.optimize("--model", f"{server.url}#small", "--seed-kernel",
                            "seed.cc", "--policy", "chain", nodes=14)
        self.assertEqual(run.code, DONE, str(run))
        codes = {node[5] for node in self.nodes()}
        self.assertIn("RUN_FAILED", codes)
        later = [request["messages"][1]["content"]
                 for request in server.requests
                 if "What limits it now" in request["messages"][1]["content"]]
        self.assertTrue(later)

    def test_the_key_is_written_nowhere(self):
        def answer(request, number):
            if number == 1:
                return 500, {}, f"internal error, key {KEY}"
            return kernel_answer(number) + f"// {KEY}\n"

        server = self.serve(answer)
        run = self.optimize("--model", f"{server.url}#small", "--record",
                            "rec.jsonl", nodes=2)
        self.assertEqual(run.code, DONE, str(run))
        self.assertNotIn(KEY, run.out + run.err)
        self.assertNotIn(KEY.encode(), self.everything_written())


class Trouble(ModelCase):
    def test_a_wrong_key_ends_the_run(self):
        server = self.serve(lambda *_: (401, {}, '{"error": "bad key"}'))
        run = self.optimize("--model", f"{server.url}#small")
        self.assert_error(run, MISSING, "401", "--resume")
        self.assertNotIn(KEY, run.err)

    def test_no_key_is_told_before_anything(self):
        run = self.optimize("--model", "openai:gpt-5-mini",
                            env={"OPENAI_API_KEY": ""})
        self.assert_error(run, MISSING, "OPENAI_API_KEY", "--key-file")
        self.assertFalse((self.folder / "run").exists())

    def test_nobody_there(self):
        run = self.optimize("--model", "http://127.0.0.1:9#small", nodes=1)
        self.assertEqual(run.code, NOTHING, str(run))
        self.assertIn("no answer from the model", self.ke("show", "run/1").out)

    def test_an_answer_that_is_none_is_a_failed_node(self):
        server = self.serve(lambda *_: "I would rather not.\x1b[31m")
        run = self.optimize("--model", f"{server.url}#small", nodes=1)
        self.assertEqual(run.code, NOTHING, str(run))
        self.assertEqual(len(server.requests), 2, "one round of repair")
        self.assertEqual([node[5] for node in self.nodes()], ["CONTRACT"])
        self.assert_clean(self.ke("show", "run/1").out)

    def test_unknown_forms(self):
        self.assert_error(self.optimize("--model", "gpt-5"), USAGE, "openai:NAME")
        self.assert_error(self.optimize("--model", "replay:absent"), USAGE,
                          "absent")
        self.assert_error(self.optimize("--proposer", "llm"), USAGE, "--model")
        self.assert_error(self.optimize("--memory", "all", "--model", "exec:x"),
                          USAGE, "--memory", "siblings")


class Budgets(ModelCase):
    # 1000 tokens in and 100 out a call, by the server's own count.
    PRICES = "[url.small]\ninput = 1.0\noutput = 10.0\n"

    def test_the_cap_in_dollars_holds_and_ends_the_run(self):
        (self.folder / "prices.toml").write_text(self.PRICES)
        server = self.serve(lambda request, number: kernel_answer(number))
        run = self.optimize("--model", f"{server.url}#small", "--prices",
                            "prices.toml", "--dollars", "0.10", "--answer",
                            "2000", nodes=1000)
        self.assertEqual(run.code, DONE, str(run))
        self.assertLessEqual(len(server.requests) * 0.002, 0.10)
        self.assertIn("budget", run.out)

    def test_the_cap_in_tokens_counts_over_a_resume(self):
        server = self.serve(lambda request, number: kernel_answer(number))
        flags = ("--model", f"{server.url}#small", "--tokens", "20000",
                 "--answer", "1000")
        run = self.optimize(*flags, nodes=3)
        self.assertEqual(run.code, DONE, str(run))
        spent = len(server.requests) * 1100
        more = self.ke("optimize", "./small_softmax", "--run", "run", "--resume",
                       "--nodes", 1000, env={"KE_API_KEY": KEY})
        self.assertEqual(more.code, DONE, str(more))
        self.assertGreater(len(server.requests) * 1100, spent)
        self.assertLessEqual(len(server.requests) * 1100, 20000)


class Replays(ModelCase):
    AUTHOR = ("import json, sys\n"
              "request = json.load(sys.stdin)\n"
              "print(f\"\"\"PLAN: seed {request['seed']}\n```cpp\n"
              + GOOD.replace("\\", "\\\\").replace("{", "{{").replace("}", "}}")
              + "static int v{request['seed']} [[gnu::unused]];\n```\"\"\")\n")

    def test_a_recorded_run_replays_to_the_same_tree_without_a_worker(self):
        (self.folder / "author.py").write_text(self.AUTHOR)
        first = self.optimize("--model", f"exec:{sys.executable} author.py",
                              "--record", "rec.jsonl", nodes=14, run="one")
        self.assertEqual(first.code, DONE, str(first))
        # No compiler on PATH: nothing is built or measured.
        second = self.optimize("--proposer", "replay:rec.jsonl", nodes=14,
                               run="two", env={"PATH": "/nonexistent"})
        self.assertEqual(second.code, DONE, str(second))
        self.assertEqual(self.nodes("one"), self.nodes("two"))


    def test_the_shipped_recording_of_a_real_search_replays(self):
        """After an edit of a recipe or of the search: record another one."""
        recording = ROOT / "results" / "authors" / "conv1d" / "recording.jsonl"
        run = self.ke("optimize", "conv1d", "--proposer", "mixed", "--model",
                      f"replay:{recording}", "--nodes", 75, "--run", "run",
                      "--json", env={"PATH": "/nonexistent"})
        self.assertEqual(run.code, DONE, str(run))
        done = run.objects()[-1]
        self.assertEqual((done["nodes"], done["accepted"], done["model_calls"]),
                         (75, 75, 28))
        self.assertEqual(done["best"]["node"], 39)
        self.assertEqual(done["best"]["stage"], "final")


class Mailbox(ModelCase):
    def test_an_agent_answers_through_a_folder(self):
        box = self.folder / "box"
        box.mkdir()
        process = self.start("optimize", "./small_softmax", "--run", "run",
                             "--nodes", 2, "--jobs", 1, "--no-tools",
                             "--proposer", "mailbox:box")
        for number in (1, 2):
            request = box / f"{number:06d}.request.json"
            self.wait_for(request.exists, request.name)
            self.assertIn("small_softmax",
                          (box / f"{number:06d}.request.md").read_text())
            partial = box / ".partial"
            partial.write_text(kernel_answer(number))
            partial.rename(box / f"{number:06d}.answer.md")
        run = self.finish(process)
        self.assertEqual(run.code, DONE, str(run))
        self.assertEqual([node[4] for node in self.nodes()],
                         ["variant 1", "variant 2"])
