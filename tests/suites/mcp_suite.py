"""The MCP server: on the wire, and with the official client."""

import json
import os
import signal
import subprocess
import time

from harness import (DONE, NOTHING, PATIENCE_S, PROGRAM, ROOT, TARGETS, Case,
                     descendants)

GOOD = (TARGETS / "good.cc").read_text()
FAILS = (TARGETS / "fails.cc").read_text()
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "stateless"},
        "io.modelcontextprotocol/clientCapabilities": {}}
TOOLS = ["list_tasks", "search_knowledge", "open_run", "report", "close_run",
         "node_context", "read_kernel", "lint", "evaluate", "submit"]


class Wire(Case):
    """A client of few words: lines in, lines out."""

    def connect(self, greet=True):
        self.server = subprocess.Popen(
            [str(PROGRAM), "mcp", "--jobs", "1"], cwd=self.folder,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.addCleanup(self.end, self.server)
        self.sent = 0
        if greet:
            reply = self.ask("initialize", {
                "protocolVersion": "2025-11-25", "capabilities": {},
                "clientInfo": {"name": "suite", "version": "1"}})
            self.assertEqual(reply["result"]["protocolVersion"], "2025-11-25")
            self.say('{"jsonrpc":"2.0","method":"notifications/initialized"}')

    def say(self, line):
        self.server.stdin.write(line.encode() + b"\n")
        self.server.stdin.flush()

    def hear(self):
        return json.loads(self.server.stdout.readline().decode())

    def request(self, method, params=None):
        self.sent += 1
        message = {"jsonrpc": "2.0", "id": self.sent, "method": method}
        if params is not None:
            message["params"] = params
        self.say(json.dumps(message))
        return self.sent

    def ask(self, method, params=None):
        number = self.request(method, params)
        reply = self.hear()
        self.assertEqual(reply["id"], number, reply)
        return reply

    def call(self, tool, fails=False, **arguments):
        reply = self.ask("tools/call", {"name": tool, "arguments": arguments})
        result = reply["result"]
        self.assertEqual(result["isError"], fails, result)
        text = result["content"][0]["text"]
        self.assert_clean(text)
        return text, result.get("structuredContent")

    def disconnect(self):
        """Closes our side; the server ends by itself and says no more."""
        out, err = self.server.communicate(timeout=PATIENCE_S)
        self.assertEqual((self.server.returncode, out, err), (DONE, b"", b""))

    def test_a_session_leaves_an_ordinary_run(self):
        self.connect()
        task = self.small_task()
        self.assertEqual([tool["name"] for tool in
                          self.ask("tools/list")["result"]["tools"]], TOOLS)
        self.assertIn("softmax", self.call("list_tasks")[0])
        text, run = self.call("open_run", task=str(task), run="mine")
        self.assertEqual(run["run"], "mine", text)
        text, _ = self.call("node_context", run="mine")
        self.assertIn("ke_run", text)
        self.assertIn("small_softmax", text)

        text, linted = self.call("lint", run="mine", source="int x = y;")
        self.assertFalse(linted["builds"])
        self.assertIn("not declared", text)
        self.assertTrue(self.call("lint", run="mine", source=GOOD)[1]["builds"])
        text, linted = self.call("lint", run="mine",
                                 source="// int ke_run(\nint x;")
        self.assertFalse(linted["builds"])
        self.assertIn("entry point", text)
        _, verdict = self.call("evaluate", run="mine", source=FAILS)
        self.assertEqual((verdict["status"], verdict["code"]),
                         ("REJECT", "RUN_FAILED"))

        _, node = self.call("submit", run="mine", source=GOOD, plan="plain")
        self.assertEqual((node["node"], node["status"]), (1, "ACCEPT"), node)
        edits = [{"search": "// A plain, right softmax.\n",
                  "replace": "// The same, with another comment.\n"}]
        _, node = self.call("submit", run="mine", edits=edits, parent=1,
                            plan="words")
        self.assertEqual((node["node"], node["status"]), (2, "ACCEPT"), node)
        text, _ = self.call("submit", fails=True, run="mine", source=GOOD,
                            plan="again")
        self.assertIn("node 1 already", text)
        text, _ = self.call("node_context", run="mine", node=1)
        self.assertIn("What limits it now", text)
        self.assertIn("words", text)  # the sibling's plan
        self.assertIn("another comment",
                      self.call("read_kernel", run="mine", node=2)[0])
        text, report = self.call("report", run="mine", final=True)
        self.assertEqual(report["best"]["stage"], "final", text)
        self.assertEqual(len(report["ranking"]), 2)
        self.disconnect()

        shown = self.ke("show", "mine/2", "--json").objects()[0]
        self.assertEqual(shown["origin"], "agent suite")
        self.assertEqual(shown["parents"], [1])
        self.assertIn("Done", self.ke("show", "mine").out)
        self.assertEqual(
            self.ke("export", "mine", "--to", "c", "-o", "out").code, DONE)

    def test_runs_go_over_to_optimize_and_back(self):
        self.connect()
        task = self.small_task()
        self.call("open_run", task=str(task), run="mine")
        self.call("submit", run="mine", source=GOOD, plan="plain")
        text = self.ke("optimize", task, "--run", "runs/mine", "--resume",
                       "--nodes", "2").err
        self.assertIn(str(self.server.pid), text)  # it is open
        self.disconnect()
        run = self.ke("optimize", task, "--run", "runs/mine", "--resume",
                      "--nodes", "2")
        self.assertEqual(run.code, DONE, str(run))
        self.connect()
        _, opened = self.call("open_run", run="mine")
        self.assertEqual(opened["nodes"], 2)
        self.call("close_run", run="mine")
        self.call("report", fails=True, run="mine")
        self.disconnect()

    def test_requests_without_a_handshake(self):
        self.connect(greet=False)
        found = self.ask("server/discover", {"_meta": META})["result"]
        self.assertEqual(found["supportedVersions"], ["2026-07-28"])
        reply = self.ask("tools/call", {"_meta": META, "name": "list_tasks",
                                        "arguments": {}})["result"]
        self.assertEqual(reply["resultType"], "complete")
        self.assertEqual(self.ask("tools/list")["error"]["code"], -32600)
        self.disconnect()

    def test_bad_input(self):
        self.connect()
        self.say("{")
        self.assertEqual(self.hear()["error"]["code"], -32700)
        self.assertEqual(self.ask("nosuch/method")["error"]["code"], -32601)
        for tool, arguments, words in (
                ("open_run", {"task": "sotfmax"}, "did you mean softmax?"),
                ("open_run", {}, "task: missing"),
                ("open_run", {"taks": "softmax"}, "did you mean task?"),
                ("open_run", {"task": "softmax", "window_tokens": 4096},
                 "a window of 4096 tokens has no room"),
                ("open_run", {"task": "softmax",
                              "target": "cpp@native,cuda@sm_90"}, "one device"),
                ("submit", {"run": "x", "plan": "p", "source": ""}, "not open"),
                ("search_knowledge", {"error": "OBB"}, "expected one of")):
            text, _ = self.call(tool, fails=True, **arguments)
            self.assertIn(words, text)
        self.assertFalse((self.folder / "runs").exists())
        self.disconnect()

    def test_a_cancelled_call_is_not_answered_and_the_next_one_is(self):
        self.connect()
        self.call("open_run", task=str(self.small_task()), run="mine")
        slow = GOOD.replace("  for (int64_t row = 0;",
                            "  for (volatile int64_t k = 0; k < (1ll << 40);) "
                            "k = k + 1;\n  for (int64_t row = 0;")
        self.assertNotEqual(slow, GOOD)
        number = self.request("tools/call", {
            "name": "submit",
            "arguments": {"run": "mine", "source": slow, "plan": "slow"}})
        time.sleep(2)
        self.say(json.dumps({"jsonrpc": "2.0",
                             "method": "notifications/cancelled",
                             "params": {"requestId": number}}))
        _, node = self.call("submit", run="mine", source=GOOD, plan="plain")
        self.assertEqual(node["node"], 1)
        self.disconnect()

    def test_ends_with_the_client_and_leaves_no_process(self):
        for end in ("close", "signal"):
            self.connect()
            self.call("open_run", task=str(self.small_task(end)), run=end)
            self.request("tools/call", {
                "name": "submit",
                "arguments": {"run": end, "source": GOOD, "plan": "cut off"}})
            workers = self.wait_for(
                lambda: descendants(self.server.pid, "serve"), "a worker")
            if end == "signal":
                self.server.send_signal(signal.SIGTERM)
                self.assertEqual(self.server.wait(timeout=60), DONE)
            self.server.communicate(timeout=60)
            self.assertEqual(self.server.returncode, DONE)
            for worker in workers:
                self.assertFalse(os.path.exists(f"/proc/{worker}"))
            self.assertIn(end, self.ke("runs").out)

    def test_the_context_is_the_prompt_of_the_built_in_author(self):
        task = self.small_task()
        answer = self.folder / "answer.md"
        answer.write_text(f"Plan: plain\n```cpp\n{FAILS}```\n")
        run = self.ke("optimize", task, "--run", "theirs", "--nodes", "1",
                      "--model", f"exec:cat {answer}", "--no-tools")
        self.assertEqual(run.code, NOTHING, str(run))
        sent = self.ke("show", "theirs/1", "--prompt").out
        self.connect()
        self.call("open_run", task=str(task), run="mine")
        text, _ = self.call("node_context", run="mine")
        system, user = text.split("\n## ", 1)
        self.assertIn(system.strip(), sent)
        self.assertIn(("## " + user).strip(), sent)
        self.disconnect()


class OfficialClient(Case):
    """The whole session again, by PyPI's `mcp`."""

    def drive(self, mode):
        found = subprocess.run(
            [ROOT / "scripts" / "setup-python.sh", "--find", "mcp"],
            capture_output=True, text=True, check=False)
        if found.returncode != 0:
            self.skipTest(found.stderr.strip())
        run = subprocess.run(
            [found.stdout.split("\n")[0], ROOT / "tests" / "mcp_client.py",
             PROGRAM, mode, self.small_task()],
            cwd=self.folder, capture_output=True, text=True, check=False,
            timeout=PATIENCE_S)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    def test_auto(self):
        self.assertIn("protocol 2026-07-28", self.drive("auto"))

    def test_legacy(self):
        self.assertIn("protocol 2025-11-25", self.drive("legacy"))
