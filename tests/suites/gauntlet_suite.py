"""The gauntlet: a few quick cases of it, and what the command says of them."""

from harness import DONE, NOTHING, ROOT, USAGE, Case

QUICK = ("A01_noop", "A06_identity_relu", "A07_input_zeroer", "A26_device_static",
         "A31_done_too_soon", "A43_early_exit", "H04_workspace")


class Gauntlet(Case):
    def only(self, *names):
        return [word for name in names for word in ("--only", name)]

    def test_quick_cases_are_named_right(self):
        run = self.ke("gauntlet", "--json", *self.only(*QUICK))
        self.assertEqual(run.code, DONE, str(run))
        *cases, summary = run.objects()
        self.assertEqual(tuple(case["case"] for case in cases), QUICK)
        for case in cases:
            self.assertTrue(case["right"], str(run))
            self.assertEqual(case["status"], case["expected"]["status"])
            if case["kind"] == "adversarial":
                self.assertIn(case["code"], case["expected"]["codes"])
        self.assertEqual(summary["event"], "done")
        self.assertTrue(summary["right"])
        self.assertIn("core", summary["machine"]["device"])
        self.assertEqual(summary["adversarial"], {"right": 6, "ran": 6, "all": 6})
        self.assertEqual(summary["honest"], {"right": 1, "ran": 1, "all": 1})

    def test_table_for_people(self):
        run = self.ke("gauntlet", *self.only("A43", "A16"))
        self.assertEqual(run.code, DONE, str(run))
        for words in ("A43_early_exit_atexit", "EARLY_EXIT", "right",
                      "not run: needs a GPU",
                      "1/1 adversarial (1 of 2 not run)"):
            self.assertIn(words, run.out)
        self.assert_clean(run.out)

    def test_a_list_of_nothing_proves_nothing(self):
        self.assertEqual(self.ke("gauntlet", "--only", "A16").code, NOTHING)

    def test_unknown_case(self):
        self.assert_error(self.ke("gauntlet", "--only", "A43_early_exi"), USAGE,
                          "did you mean A43_early_exit?")

    def test_every_line_is_listed(self):
        text = (ROOT / "gauntlet" / "cases.toml").read_text()
        for line in ([f"A{i:02}" for i in range(1, 49)]
                     + [f"H{i:02}" for i in range(1, 15)]
                     + [f"N{i}" for i in range(1, 7)]):
            self.assertIn(f'"{line}_', text)
