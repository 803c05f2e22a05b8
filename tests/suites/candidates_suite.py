"""Kernels that misbehave, each with the code that names what it did."""

from harness import DONE, NOTHING, TARGETS, Case


class Rejected(Case):
    def rejects(self, name, *codes, stage="search"):
        run = self.ke("evaluate", self.small_task(), TARGETS / name, "--stage",
                      stage, "--json")
        self.assertEqual(run.code, NOTHING, str(run))
        (verdict,) = run.objects()
        self.assertEqual(verdict["status"], "REJECT", str(run))
        self.assertIn(verdict["code"], codes, str(run))
        self.assertTrue(verdict["message"], str(run))
        self.assert_clean(verdict["message"])
        self.assert_clean(verdict.get("log", ""))
        return verdict

    def test_does_not_compile(self):
        verdict = self.rejects("does_not_compile.cc", "BUILD_FAILED")
        self.assertIn("undeclared_name", verdict["log"])

    def test_does_not_link(self):
        self.rejects("does_not_link.cc", "BUILD_FAILED", "CONTRACT")

    def test_compiles_forever(self):
        self.rejects("compiles_forever.cc", "TIMEOUT", "RESOURCE", "BUILD_FAILED")

    def test_no_entry_point(self):
        self.rejects("no_entry_point.cc", "CONTRACT", "BUILD_FAILED")

    def test_bad_tune_line(self):
        self.rejects("bad_tune_line.cc", "CONTRACT")

    def test_hangs(self):
        self.rejects("hangs.cc", "TIMEOUT")

    def test_sleeps(self):
        self.rejects("sleeps.cc", "TIMEOUT")

    def test_forks(self):
        # Its forks are refused, which is harmless, and told of.
        self.rejects("forks.cc", "SANDBOX")

    def test_eats_memory(self):
        # Whichever limit it meets first.
        self.rejects("eats_memory.cc", "RESOURCE", "TIMEOUT")

    def test_floods_stdout(self):
        self.rejects("floods_stdout.cc", "TIMEOUT", "RESOURCE")

    def test_writes_out_of_bounds(self):
        self.rejects("writes_out_of_bounds.cc", "OOB")

    def test_reads_out_of_bounds(self):
        self.rejects("reads_out_of_bounds.cc", "OOB")

    def test_exits_zero_in_its_first_call(self):
        self.rejects("exits_zero.cc", "EARLY_EXIT")

    def test_crashes(self):
        self.rejects("crashes.cc", "CRASH")

    def test_aborts(self):
        self.rejects("aborts.cc", "CRASH")

    def test_fails(self):
        self.assertIn("7", self.rejects("fails.cc", "RUN_FAILED")["message"])

    def test_wrong(self):
        self.rejects("wrong.cc", "WRONG_OUTPUT", "PRECISION")

    def test_goes_by_address(self):
        verdict = self.rejects("goes_by_address.cc", "WRONG_OUTPUT")
        self.assertIn("at other addresses", verdict["message"])

    def test_writes_nothing(self):
        self.rejects("writes_nothing.cc", "OUTPUT_NOT_WRITTEN")

    def test_nan(self):
        self.rejects("nan.cc", "NONFINITE")

    def test_mutates_input(self):
        self.rejects("mutates_input.cc", "INPUT_MUTATED")

    def test_reads_what_is_freed(self):
        verdict = self.rejects("reads_what_is_freed.cc", "OOB", stage="confirm")
        self.assertEqual(verdict["check"], "sanitizer_memcheck")
        self.assertIn("kernel.cc:", verdict["message"])

    def test_reads_what_is_freed_at_the_listed_shape(self):
        verdict = self.rejects("reads_what_is_freed_if_listed.cc", "OOB", stage="confirm")
        self.assertEqual(verdict["check"], "sanitizer_memcheck")

    def test_reads_what_is_freed_and_asks_not_to_be_watched(self):
        verdict = self.rejects("reads_what_is_freed_unseen.cc", "OOB", stage="confirm")
        self.assertEqual(verdict["check"], "sanitizer_memcheck")

    def test_leaves_a_rest(self):
        verdict = self.rejects("leaves_a_rest.cc", "RACE", stage="confirm")
        # Where the number of cores does not divide the rows, sooner.
        self.assertIn(verdict["check"], ("schedules", "many_cores"))

    def test_remembers(self):
        self.rejects("remembers.cc", "REPLAY", "WRONG_OUTPUT")


class Accepted(Case):
    def accepts(self, name, *flags):
        run = self.ke("evaluate", self.small_task(), TARGETS / name, *flags,
                      "--json")
        self.assertEqual(run.code, DONE, str(run))
        (verdict,) = run.objects()
        self.assertEqual((verdict["status"], verdict["code"]), ("ACCEPT", "OK"))
        low, high = verdict["speedup_ci"]
        self.assertLessEqual(low, verdict["speedup"])
        self.assertGreaterEqual(high, verdict["speedup"])
        self.assertGreater(low, 0)
        return verdict

    def test_good(self):
        verdict = self.accepts("good.cc")
        self.assertEqual(verdict["tier"], "H")
        (shape,) = verdict["shapes"]
        self.assertEqual(shape["name"], "only")
        self.assertIn("reference", [verdict["baseline"], *shape["panel"]])
        self.assertGreater(shape["time_us"], 0)

    def test_threads_that_wait_for_each_other_are_no_race(self):
        verdict = self.accepts("thread_pool.cc", "--stage", "confirm")
        self.assertNotIn("not watched", " ".join(verdict["notes"]))

    def test_scratch_may_be_settled_in_setup(self):
        verdict = self.accepts("settles_in_setup.cc", "--stage", "confirm")
        self.assertNotIn("not watched", " ".join(verdict["notes"]))

    def test_what_a_sanitizer_does_not_see_is_told(self):
        notes = " ".join(self.accepts("streams.cc", "--stage", "confirm")["notes"])
        self.assertIn("does not see what _mm_stream_si32 reaches", notes)
        self.assertNotIn("not watched", notes)

    def test_settings_change_the_id(self):
        default = self.accepts("tunable.cc")
        same = self.ke("evaluate", "small_softmax", TARGETS / "tunable.cc",
                       "--set", "UNROLL=4", "--json")
        other = self.ke("evaluate", "small_softmax", TARGETS / "tunable.cc",
                        "--set", "UNROLL=8", "--json")
        self.assertEqual(same.objects()[0]["id"], default["id"])
        self.assertNotEqual(other.objects()[0]["id"], default["id"])

    def test_output_of_a_candidate_stays_out_of_ours(self):
        self.accepts("prints_a_little.cc")

    def test_table_for_people(self):
        run = self.ke("evaluate", self.small_task(), TARGETS / "good.cc",
                      TARGETS / "wrong.cc", "--explain")
        self.assertEqual(run.code, NOTHING, str(run))
        for word in ("ACCEPT", "REJECT", "reference", "95 %", "only",
                     "elements_compared"):
            self.assertIn(word, run.out)
        self.assert_clean(run.out)
