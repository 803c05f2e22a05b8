"""A language model in the loop, played by a local server, a program, a folder."""

import json
import re
import signal
import sqlite3
import sys
import threading
import time

from harness import (DONE, INFRASTRUCTURE, MISSING, NOTHING, ROOT, TARGETS, USAGE,
                     Case)
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

    def show(self, what):
        return self.ke("show", what, "--json").objects()[0]

    def everything_written(self):
        """The bytes of every file that the program left."""
        return b"".join(path.read_bytes() for path in self.folder.rglob("*")
                        if path.is_file())


class Served(ModelCase):
    def test_a_run_and_what_was_said(self):
        server = self.serve(lambda request, number: kernel_answer(number))
        run = self.optimize("--model", f"{server.url}#small")
        self.assertEqual(run.code, DONE, str(run))
        self.assertIn("first call for a kernel takes about", run.out)
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
        self.assert_error(run, MISSING, "401", "--resume", "KE_API_KEY",
                          f"{server.url}#small", "/chat/completions")
        self.assertNotIn(KEY, run.err)

    def test_no_key_is_told_before_anything(self):
        run = self.optimize("--model", "openai:gpt-5-mini",
                            env={"OPENAI_API_KEY": ""})
        self.assert_error(run, MISSING, "OPENAI_API_KEY", "--key-file")
        self.assertFalse((self.folder / "run").exists())

    def test_nobody_there_ends_the_run_at_once(self):
        run = self.optimize("--model", "http://127.0.0.1:9#small", nodes=50)
        self.assert_error(run, INFRASTRUCTURE, "http://127.0.0.1:9#small",
                          "--resume")
        self.assertEqual(self.nodes(), [])

    def test_a_server_that_only_fails_is_named_as_the_trouble(self):
        server = self.serve(lambda *_: (500, {}, "oops"))
        run = self.optimize("--model", f"{server.url}#small", nodes=1)
        self.assertEqual(run.code, NOTHING, str(run))
        self.assertIn("MODEL_LOST 1", run.out)
        self.assertIn("No kernel came from the model", run.out)
        self.assertIn("HTTP 500: oops", run.out)
        self.assertNotIn("recipe", run.out)
        self.assertIn("no answer from the model", self.ke("show", "run/1").out)

    def test_a_bad_port_names_its_model(self):
        self.assert_error(
            self.optimize("--model", "http://127.0.0.1:99999#small"), USAGE,
            "http://127.0.0.1:99999#small", "port")

    def test_minutes_end_a_run_that_waits_for_a_model(self):
        server = self.serve(
            lambda *_: (429, {"Retry-After": "7200"}, "later"))
        begun = time.monotonic()
        run = self.optimize("--model", f"{server.url}#small", "--minutes",
                            "0.05", nodes=50)
        self.assertEqual(run.code, NOTHING, str(run))
        self.assertIn("searched for", run.out)
        self.assertLess(time.monotonic() - begun, 60)

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

    def test_the_cap_in_dollars_counts_answers_that_broke_off(self):
        """A server that generates all it may, says a word of it, and breaks off;
        it keeps the true count."""
        (self.folder / "prices.toml").write_text(self.PRICES)
        server = self.serve(lambda *_: (200, {"Content-Length": "100000"},
                                        'data: {"choices":[{"delta":'
                                        '{"content":"one"}}]}\n\n'))
        flags = ("--model", f"{server.url}#small", "--prices", "prices.toml",
                 "--dollars", "0.10", "--answer", "2000")
        first = self.optimize(*flags, nodes=1)
        self.assertEqual(first.code, NOTHING, str(first))
        spent = self.show("run")
        self.assertEqual(spent["model_calls"], len(server.requests))
        self.assertGreater(spent["dollars"], 0.01)
        self.ke("optimize", "./small_softmax", "--run", "run", "--resume",
                "--nodes", 1000, env={"KE_API_KEY": KEY})
        generated = sum(request["max_tokens"] for request in server.requests)
        self.assertLessEqual(generated * 10e-6, 0.10)
        spent = self.show("run")
        self.assertEqual(spent["model_calls"], len(server.requests))
        self.assertLessEqual(spent["dollars"], 0.10)

    def test_the_cap_in_dollars_counts_answers_that_were_lost(self):
        """A server that fails may have generated all it might; one that refuses
        a key has generated nothing."""
        (self.folder / "prices.toml").write_text(self.PRICES)
        flags = ("--prices", "prices.toml", "--dollars", "0.10", "--answer",
                 "2000")
        server = self.serve(lambda *_: (500, {}, "oops"))
        lost = self.optimize("--model", f"{server.url}#small", *flags, nodes=1)
        self.assertEqual(lost.code, NOTHING, str(lost))
        spent = self.show("run")
        self.assertEqual(spent["model_calls"], len(server.requests))
        generated = sum(request["max_tokens"] for request in server.requests)
        self.assertGreaterEqual(spent["dollars"], generated * 10e-6)
        self.assertLessEqual(spent["dollars"], 0.10)
        server = self.serve(lambda *_: (401, {}, '{"error": "bad key"}'))
        denied = self.optimize("--model", f"{server.url}#small", *flags,
                               run="denied")
        self.assertEqual(denied.code, MISSING, str(denied))
        spent = self.show("denied")
        self.assertEqual(spent["model_calls"], len(server.requests))
        self.assertEqual(spent.get("dollars", 0), 0)

    def test_a_cap_in_dollars_needs_a_price(self):
        (self.folder / "free.toml").write_text(
            "[mailbox.\"*\"]\ninput = 0\noutput = 0\n")
        for flags in (("--proposer", "mailbox:box"), ("--model", "exec:true"),
                      ("--model", "http://127.0.0.1:9#small")):
            self.assert_error(self.optimize(*flags, "--dollars", 1), USAGE,
                              "--prices", "no price")
        self.assert_error(self.ke("optimize", "./small_softmax", "--nodes", 1,
                                  "--dollars", 1), USAGE, "--model")
        self.assertFalse((self.folder / "run").exists())
        process = self.start("optimize", "./small_softmax", "--run", "run",
                             "--nodes", 1, "--proposer", "mailbox:box",
                             "--dollars", 1, "--prices", "free.toml")
        self.wait_for((self.folder / "box" / "000001.request.json").exists,
                      "a request")
        process.terminate()
        self.finish(process)

    def test_a_node_and_a_run_tell_what_they_cost(self):
        (self.folder / "prices.toml").write_text(self.PRICES)
        server = self.serve(lambda request, number: kernel_answer(number))
        run = self.optimize("--model", f"{server.url}#small", "--prices",
                            "prices.toml", nodes=2)
        self.assertEqual(run.code, DONE, str(run))
        self.assertIn("Per accepted kernel: 1100 tokens, $0.0020", run.out)
        cost = self.show("run/1")["cost"]
        self.assertEqual((cost["model_calls"], cost["tokens"]), (1, 1100))
        self.assertAlmostEqual(cost["dollars"], 0.002)
        for key in ("device_s", "cpu_s", "model_s"):
            self.assertGreater(cost[key], 0, key)
        shown = self.ke("show", "run/1").out
        self.assertIn("1 call, 1100 tokens, $0.0020", shown)
        self.assertIn("s of CPU", shown)
        whole = self.show("run")
        self.assertGreaterEqual(whole["cpu_s"], cost["cpu_s"])
        self.assertAlmostEqual(whole["per_accepted"]["dollars"], 0.002)

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


class Tools(ModelCase):
    def test_a_kernel_that_was_linted_outlives_an_interrupt(self):
        """The model is still thinking about it when somebody presses Ctrl-C."""
        calls = [{"name": "write_kernel", "arguments": {"source": GOOD}},
                 {"name": "lint", "arguments": {}}]
        thinking = threading.Event()

        def answer(request, number):
            if number < len(calls):
                return json.dumps(calls[number])
            thinking.set()
            threading.Event().wait()

        server = self.serve(answer)
        process = self.start("optimize", "./small_softmax", "--run", "run",
                             "--nodes", 1, "--jobs", 1, "--model",
                             f"{server.url}#small")
        self.wait_for(thinking.is_set, "the call after the lint")
        process.send_signal(signal.SIGINT)
        self.finish(process)
        self.assertEqual(self.nodes(), [])
        self.assertIn("A plain, right softmax",
                      (self.folder / "run" / "pending.json").read_text())
        run = self.ke("optimize", "./small_softmax", "--run", "run", "--resume")
        self.assertEqual(run.code, DONE, str(run))
        self.assertEqual(len(server.requests), 3, "nobody was asked again")
        self.assertEqual([node[4:] for node in self.nodes()],
                         [("not handed in; taken as it stood", "OK")])
        self.assertIn('"lint"', self.ke("show", "run/1", "--prompt").out)


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

    def test_kernels_side_by_side_replay_to_the_same_tree(self):
        (self.folder / "author.py").write_text(self.AUTHOR)
        first = self.ke("optimize", "./small_softmax", "--run", "one", "--nodes",
                        16, "--jobs", 4, "--model",
                        f"exec:{sys.executable} author.py", "--proposer",
                        "mixed", "--record", "rec.jsonl")
        self.assertEqual(first.code, DONE, str(first))
        second = self.ke("optimize", "./small_softmax", "--proposer",
                         "replay:rec.jsonl", "--run", "two",
                         env={"PATH": "/nonexistent"})
        self.assertEqual(second.code, DONE, str(second))
        self.assertEqual(self.nodes("one"), self.nodes("two"))

    def test_a_recording_says_how_it_is_played(self):
        (self.folder / "author.py").write_text(self.AUTHOR)
        first = self.optimize("--model", f"exec:{sys.executable} author.py",
                              "--proposer", "mixed", "--seed", 5, "--window",
                              30000, "--record", "rec.jsonl", nodes=14, run="one")
        self.assertEqual(first.code, DONE, str(first))
        play = ("optimize", "./small_softmax", "--proposer", "replay:rec.jsonl")
        second = self.ke(*play, "--run", "two", env={"PATH": "/nonexistent"})
        self.assertEqual(second.code, DONE, str(second))
        self.assertEqual(self.nodes("one"), self.nodes("two"))
        self.assertNotIn("other words", second.out)
        self.assert_error(self.ke(*play, "--seed", 6, "--run", "three"), USAGE,
                          "--seed: 6, recorded with 5", "--proposer replay:")
        self.assert_error(self.ke("optimize", "softmax", *play[2:], "--run",
                                  "three"), USAGE, "small_softmax")
        self.assertFalse((self.folder / "three").exists())
        # Another run's recording is not written over.
        self.assert_error(self.optimize("--model", "exec:true", "--record",
                                        "rec.jsonl", run="three"), USAGE,
                          "another run")

    def test_a_run_that_was_resumed_replays_to_its_end(self):
        (self.folder / "author.py").write_text(
            self.AUTHOR.replace("import json, sys", "import json, sys, time\n"
                                "time.sleep(0.5)"))
        flags = ("--no-tools", "--proposer", "mixed", "--model",
                 f"exec:{sys.executable} author.py", "--record", "rec.jsonl")
        process = self.start("optimize", "./small_softmax", "--run", "one",
                             "--nodes", 24, *flags)
        recording = self.folder / "rec.jsonl"
        self.wait_for(lambda: recording.exists()
                      and '"reply":' in recording.read_text(), "an answer")
        process.send_signal(signal.SIGINT)
        self.finish(process)
        self.assertLess(len(self.nodes("one")), 24)
        first = self.ke("optimize", "./small_softmax", "--run", "one",
                        "--resume", "--jobs", 1)
        self.assertEqual(first.code, DONE, str(first))
        self.assertIn('"resumed":', (self.folder / "rec.jsonl").read_text())
        second = self.ke("optimize", "./small_softmax", "--proposer",
                         "replay:rec.jsonl", "--run", "two",
                         env={"PATH": "/nonexistent"})
        self.assertEqual(second.code, DONE, str(second))
        self.assertEqual(self.nodes("one"), self.nodes("two"))
        self.assertIn("resumed", second.out)

    def test_stand_ins_are_told_with_the_words_they_answered(self):
        (self.folder / "author.py").write_text(self.AUTHOR)
        self.optimize("--model", f"exec:{sys.executable} author.py", "--record",
                      "rec.jsonl", nodes=2, run="one")
        recording = self.folder / "rec.jsonl"
        lines = [json.loads(line) for line in recording.read_text().splitlines()]
        for line in lines:  # as if the prompts had been other ones
            if "asked" in line:
                line["request"] = line["request"][::-1]
            if "is" in line:
                line["is"] = line["is"].replace("You write", "Once you wrote")
        recording.write_text("".join(json.dumps(line) + "\n" for line in lines))
        run = self.ke("optimize", "./small_softmax", "--proposer",
                      "replay:rec.jsonl", "--run", "two")
        self.assertEqual(run.code, DONE, str(run))
        self.assertIn("2 answers were given to prompts in other words", run.out)
        shown = self.ke("show", "two/1", "--prompt").out
        self.assertIn("a recorded one", shown)
        self.assertIn("Once you wrote kernels", shown)
        self.assertIn("You write kernels", shown)
        prompts = self.ke("show", "two/1", "--prompt", "--json").objects()[0]
        self.assertTrue(prompts["prompts"][0]["stand_in"])
        self.assertIn("recorded", prompts["prompts"][0])

    def test_a_replay_without_later_verdicts_ends_with_the_search(self):
        (self.folder / "author.py").write_text(self.AUTHOR)
        self.optimize("--model", f"exec:{sys.executable} author.py", "--record",
                      "rec.jsonl", nodes=2, run="one")
        verdicts = self.folder / "rec.jsonl.verdicts"
        verdicts.write_text("".join(
            line for line in verdicts.read_text().splitlines(True)
            if '"stage":"search"' in line or '"verdicts":' in line))
        run = self.ke("optimize", "./small_softmax", "--proposer",
                      "replay:rec.jsonl", "--run", "two")
        self.assertEqual(run.code, DONE, str(run))
        self.assertIn("holds no confirm verdicts", run.out)
        self.assertIn("this number ranks", run.out)

    def test_a_window_without_room_is_refused_with_one_that_has_it(self):
        run = self.optimize("--model", "exec:true", "--window", 4096)
        self.assert_error(run, USAGE, "a window of 4096 tokens", "--window ")
        self.assertFalse((self.folder / "run").exists())
        needed = int(re.search(r"--window (\d+)", run.err)[1])
        self.assertLess(needed, 20000)
        (self.folder / "author.py").write_text(self.AUTHOR)
        run = self.optimize("--model", f"exec:{sys.executable} author.py",
                            "--window", needed, nodes=1)
        self.assertEqual(run.code, DONE, str(run))
        prompt = self.ke("show", "run/1", "--prompt").out
        self.assertIn("int ke_run(const ke_call* call);", prompt)
        self.assertIn("begins with PLAN:", prompt)

    def test_the_shipped_recording_of_a_real_search_replays(self):
        """After an edit of a recipe or of the search: record another one."""
        recording = ROOT / "results" / "authors" / "conv1d" / "recording.jsonl"
        run = self.ke("optimize", "conv1d", "--proposer", f"replay:{recording}",
                      "--run", "run", "--json", env={"PATH": "/nonexistent"})
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

    def test_minutes_end_a_run_that_waits_for_a_person(self):
        run = self.ke("optimize", "./small_softmax", "--run", "run", "--nodes",
                      5, "--minutes", "0.03", "--proposer", "mailbox:box")
        self.assertEqual(run.code, NOTHING, str(run))
        self.assertIn("searched for", run.out)
        self.assertTrue((self.folder / "box" / "000001.withdrawn").exists())

    def test_an_answer_that_was_not_judged_is_not_asked_for_again(self):
        box = self.folder / "box"
        box.mkdir()
        slow = GOOD.replace("return 0;", "for (volatile long i = 0; "
                            "i < 1000000000000; ++i) {} return 0;")
        process = self.start("optimize", "./small_softmax", "--run", "run",
                             "--nodes", 1, "--jobs", 1, "--no-tools",
                             "--proposer", "mailbox:box")
        self.wait_for((box / "000001.request.json").exists, "a request")
        (box / ".partial").write_text(kernel_answer(1, slow))
        (box / ".partial").rename(box / "000001.answer.md")
        pending = self.folder / "run" / "pending.json"
        self.wait_for(pending.exists, "the kernel on its way")
        process.send_signal(signal.SIGINT)
        self.finish(process)
        self.assertEqual(self.nodes(), [])
        self.assertEqual(self.show("run")["model_calls"], 1)
        self.assertIn("variant 1", pending.read_text())
        pending.write_text(pending.read_text().replace(
            "1000000000000; ++i", "10; ++i"))
        run = self.ke("optimize", "./small_softmax", "--run", "run", "--resume")
        self.assertEqual(run.code, DONE, str(run))
        self.assertEqual([node[4] for node in self.nodes()], ["variant 1"])
        self.assertFalse((box / "000002.request.json").exists())
        self.assertIn("small_softmax",
                      self.ke("show", "run/1", "--prompt").out)
