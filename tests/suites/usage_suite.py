"""Wrong words on the command line, and help."""

import subprocess

from harness import BIN, DONE, NOTHING, TARGETS, USAGE, Case

COMMANDS = ("optimize", "evaluate", "task", "runs", "show", "diff", "export",
            "verify", "mcp", "bench", "gauntlet", "doctor")
SUBCOMMANDS = (("task", "list"), ("task", "check"), ("task", "new"),
               ("bench", "throughput"), ("bench", "policies"))
WORKER_COMMANDS = ("serve", "run-bundle", "self-test", "checks", "device-server",
                   "launcher", "runner", "record-cuda", "probe")


class Words(Case):
    def test_unknown_command(self):
        self.assert_error(self.ke("optimise"), USAGE, "'optimise'",
                          "did you mean 'optimize'?")

    def test_no_command(self):
        run = self.ke()
        self.assertEqual(run.code, USAGE)
        self.assertIn("optimize", run.out)

    def test_unknown_flag(self):
        self.assert_error(self.ke("optimize", "softmax", "--minuts", "1"), USAGE,
                          "'--minuts'", "did you mean --minutes?")

    def test_unknown_task(self):
        self.assert_error(self.ke("optimize", "sotfmax"), USAGE, "sotfmax",
                          "did you mean softmax?")

    def test_unknown_target(self):
        self.assert_error(
            self.ke("evaluate", "softmax", TARGETS / "good.cc", "--target",
                    "cpp@natve"), USAGE, "cpp@natve", "cpp@native")

    def test_unknown_language(self):
        self.assert_error(
            self.ke("evaluate", "softmax", TARGETS / "good.cc", "--target",
                    "rust@native"), USAGE, "rust", "cpp@native")

    def test_unknown_policy_and_proposer(self):
        self.assert_error(
            self.ke("optimize", "softmax", "--policy", "mtcs", "--nodes", "1"),
            USAGE, "mtcs", "mcts")
        self.assert_error(
            self.ke("optimize", "softmax", "--proposer", "recipe", "--nodes",
                    "1"), USAGE, "recipe", "recipes")
        self.assertFalse((self.folder / "runs").exists(),
                         "a refused run leaves no folder")

    def test_values_of_flags(self):
        for flag, value in (("--nodes", "many"), ("--nodes", "0"),
                            ("--minutes", "-1"), ("--minutes", "inf"),
                            ("--jobs", "1.5")):
            self.assert_error(self.ke("optimize", "softmax", flag, value), USAGE,
                              flag, f"'{value}'", "expected")

    def test_flag_without_its_value(self):
        self.assert_error(self.ke("optimize", "softmax", "--nodes"), USAGE,
                          "--nodes")

    def test_unknown_stage(self):
        self.assert_error(
            self.ke("evaluate", "softmax", TARGETS / "good.cc", "--stage",
                    "finale"), USAGE, "'finale'", "final")

    def test_missing_candidate_file(self):
        self.assert_error(self.ke("evaluate", "softmax", "nowhere.cc"), USAGE,
                          "nowhere.cc")

    def test_candidate_is_a_folder(self):
        self.assert_error(self.ke("evaluate", "softmax", "."), USAGE)

    def test_settings(self):
        tunable = TARGETS / "tunable.cc"
        for setting, words in (("UNROLL", "NAME=VALUE"), ("UNROL=2", "UNROL"),
                               ("UNROLL=3", "UNROLL")):
            self.assert_error(
                self.ke("evaluate", "softmax", tunable, "--set", setting), USAGE,
                words)

    def test_missing_seed_kernel(self):
        self.assert_error(
            self.ke("optimize", "softmax", "--seed-kernel", "nowhere.cc",
                    "--nodes", "1"), USAGE, "nowhere.cc")

    def test_resume_needs_a_run(self):
        self.assert_error(self.ke("optimize", "softmax", "--resume"), USAGE,
                          "--run")
        self.assert_error(
            self.ke("optimize", "softmax", "--resume", "--run", "nowhere"),
            USAGE, "nowhere")

    def test_unknown_run(self):
        for command in (("show", "nowhere"), ("show", "nowhere/1"),
                        ("diff", "nowhere/1", "nowhere/2"),
                        ("export", "nowhere", "--to", "c", "-o", "out")):
            self.assert_error(self.ke(*command), USAGE, "nowhere")

    def test_unknown_export_format(self):
        self.assert_error(self.ke("export", "x", "--to", "rust", "-o", "out"),
                          USAGE, "'rust'", "cmake")

    def test_verify_of_something_else(self):
        self.assert_error(self.ke("verify", "."), USAGE)

    def test_no_runs_yet(self):
        run = self.ke("runs")
        self.assertEqual(run.code, DONE)
        self.assertIn("No runs", run.out)


class Help(Case):
    def test_every_page_fits_a_screen_and_has_an_example(self):
        pages = [(command,) for command in COMMANDS] + list(SUBCOMMANDS)
        for page in [()] + pages:
            run = self.ke(*page, "--help")
            self.assertEqual(run.code, DONE, str(run))
            self.assertEqual(run.err, "")
            self.assertLessEqual(len(run.out.splitlines()), 24, run.out)
            self.assertLessEqual(max(map(len, run.out.splitlines())), 100, run.out)
            self.assertIn("Example:", run.out)

    def worker(self, *words):
        return subprocess.run([str(BIN / "kernelevolve-worker"), *words],
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60)

    def test_every_command_of_the_worker_explains_itself(self):
        general = self.worker("--help").stdout
        for command in WORKER_COMMANDS:
            self.assertIn(command, general)
            for words in ([command, "--help"], [command, "x", "--help"]):
                run = self.worker(*words)
                self.assertEqual((run.returncode, run.stderr), (DONE, ""), words)
                self.assertEqual(run.stdout, general)

    def test_wrong_words_to_the_worker_are_no_call_for_help(self):
        for words in ([], ["run-bundel", "--help"], ["run-bundle"],
                      ["run-bundle", "--jobs"], ["serve", "--lane-lok", "x"],
                      ["probe"]):
            run = self.worker(*words)
            self.assertEqual((run.returncode, run.stdout), (USAGE, ""), words)
            self.assertIn("usage:", run.stderr)

    def test_version(self):
        self.assertRegex(self.ke("--version").out, r"^kernelevolve \d+\.\d+")


class Json(Case):
    def test_lists_are_objects_and_nothing_else(self):
        tasks = self.ke("task", "list", "--json").objects()
        self.assertIn("softmax", [task["task"] for task in tasks])
        self.assertEqual(self.ke("runs", "--json").out, "")

    def test_errors_leave_standard_output_empty(self):
        run = self.ke("evaluate", "sotfmax", "x.cc", "--json")
        self.assert_error(run, USAGE, "softmax")
        self.assertEqual(run.out, "")

    def test_a_rejection_is_an_object(self):
        run = self.ke("evaluate", self.small_task(), TARGETS / "fails.cc",
                      TARGETS / "does_not_compile.cc", "--json")
        self.assertEqual(run.code, NOTHING, str(run))
        first, second = run.objects()
        self.assertEqual(first["code"], "RUN_FAILED")
        self.assertEqual(second["code"], "BUILD_FAILED")
        for key in ("candidate", "id", "status", "code", "message", "tier",
                    "baseline", "speedup", "speedup_ci", "shapes", "phases_ms"):
            self.assertIn(key, first)
