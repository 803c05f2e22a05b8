"""Why a kernel takes its time: what evaluate says of it."""

from harness import DONE, TARGETS, Case


class Profiles(Case):
    def test_explain_prints_a_full_one(self):
        run = self.ke("evaluate", self.small_task(), TARGETS / "good.cc",
                      "--explain")
        self.assertEqual(run.code, DONE, str(run))
        for words in ("profile: ", "roofs of this core", "innermost loops",
                      "(expf", "the compiler on vectorisation", "kernel.cc:"):
            self.assertIn(words, run.out, str(run))
        self.assertNotIn("/ke/build", run.out)
        self.assertNotIn("a quick look", run.out)
        self.assert_clean(run.out)

    def test_json_carries_the_quick_one(self):
        run = self.ke("evaluate", self.small_task(), TARGETS / "good.cc",
                      "--json")
        (verdict,) = run.objects()
        profile = verdict["profile"]
        self.assertFalse(profile["full"])
        self.assertIn(profile["bound"],
                      ("memory", "compute", "latency", "launch"))
        (shape,) = profile["shapes"]
        self.assertEqual(shape["name"], "only")
        self.assertGreater(shape["memory"], 0)
        self.assertTrue(profile["loops"])
        self.assertEqual(profile["remarks"], [])
        self.assertGreater(verdict["phases_ms"]["profile"], 0)

    def test_a_failure_has_none(self):
        run = self.ke("evaluate", self.small_task(), TARGETS / "wrong.cc",
                      "--json")
        (verdict,) = run.objects()
        self.assertNotIn("profile", verdict)
