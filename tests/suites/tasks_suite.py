"""Task files with mistakes, tasks that are not sound, tasks of one's own."""

from harness import DONE, NOTHING, TARGETS, USAGE, Case


class Files(Case):
    def edited(self, old, new):
        task = self.small_task()
        text = (task / "task.toml").read_text()
        self.assertIn(old, text)
        (task / "task.toml").write_text(text.replace(old, new))
        return self.ke("task", "check", task)

    def test_unknown_key(self):
        self.assert_error(self.edited("summary ", "sumary "), USAGE,
                          "task.toml:2", "sumary", "summary")

    def test_unknown_dtype(self):
        self.assert_error(self.edited('dtype  = "f32"', 'dtype  = "float"'),
                          USAGE, "task.toml:8", "float", "f32")

    def test_unknown_dim(self):
        self.assert_error(self.edited('["rows", "cols"]\nvalues',
                                      '["rows", "columns"]\nvalues'),
                          USAGE, "task.toml:9", "columns")

    def test_unknown_values(self):
        self.assert_error(self.edited("normal(0, 2)", "gaussian(0, 2)"), USAGE,
                          "task.toml:10", "gaussian")

    def test_every_mistake_at_once(self):
        task = self.small_task()
        text = (task / "task.toml").read_text()
        text = text.replace("summary ", "sumary ").replace('"f32"', '"float"')
        (task / "task.toml").write_text(text.replace("rows = 128", "rows = -1"))
        self.assert_error(self.ke("task", "check", task), USAGE, "sumary",
                          "float", "-1")

    def test_no_toml_at_all(self):
        self.assert_error(self.edited('name     = "small_softmax"', "name = = 3"),
                          USAGE, "task.toml:1")

    def test_missing_reference(self):
        task = self.small_task()
        (task / "reference.cc").unlink()
        self.assert_error(self.ke("task", "check", task), USAGE, "reference.cc")

    def test_folder_without_a_task(self):
        (self.folder / "empty").mkdir()
        self.assert_error(self.ke("task", "check", "./empty"), USAGE, "task.toml")

    def test_control_characters_do_not_reach_the_terminal(self):
        self.assert_error(self.edited("summary ", '"su\\u001b[2Jmmary" '), USAGE,
                          "task.toml:2")


class References(Case):
    def with_reference(self, body, *command):
        task = self.small_task()
        (task / "reference.cc").write_text(
            "#include <kernelevolve/reference.h>\n"
            "template <typename real>\nvoid f(const ke_call& call) {\n"
            "  real* y = ke::output<real>(call, 0);\n"
            "  const real* x = ke::input<real>(call, 0);\n"
            "  const int64_t n = ke::size(call.inputs[0]);\n"
            f"  (void)x, (void)y, (void)n;\n  {body}\n}}\nKE_REFERENCE(f)\n")
        words = [task if word == "TASK" else word
                 for word in command or ("task", "check", "TASK")]
        return self.ke(*words)

    def assert_unsound(self, run, *fragments):
        self.assertEqual(run.code, NOTHING, str(run))
        self.assertIn("FAIL", run.out, str(run))
        self.assert_clean(run.out)
        for fragment in fragments:
            self.assertIn(fragment, run.out, str(run))

    def test_does_not_compile(self):
        self.assert_error(self.with_reference("undeclared(x);"), USAGE,
                          "reference", "undeclared")

    def test_crashes(self):
        self.assert_error(
            self.with_reference("*static_cast<volatile int*>(nullptr) = 1;"),
            USAGE, "reference", "SIGSEGV")

    def test_never_ends(self):
        self.assert_error(self.with_reference(
            "for (volatile bool waiting = true; waiting;) {}"), USAGE,
            "reference")

    def test_is_a_constant(self):
        self.assert_unsound(self.with_reference(
            "for (int64_t i = 0; i < n; ++i) y[i] = real(1);"))

    def test_is_a_copy(self):
        self.assert_unsound(self.with_reference(
            "for (int64_t i = 0; i < n; ++i) y[i] = x[i];"))

    def test_evaluate_says_so_too(self):
        run = self.with_reference("undeclared(x);", "evaluate", "TASK",
                                  TARGETS / "good.cc")
        self.assert_error(run, USAGE, "reference", "undeclared")

    def test_optimize_says_so_too(self):
        run = self.with_reference("undeclared(x);", "optimize", "TASK",
                                  "--nodes", "4")
        self.assert_error(run, USAGE, "reference", "undeclared")


class Baselines(Case):
    def test_who_is_wrong_condemns_nobody(self):
        task = self.small_task()
        with open(task / "task.toml", "a") as text:
            text.write('\n[[baselines]]\nname = "hasty"\ncpp  = "hasty.cc"\n')
        # The quickest of the panel, and a copy.
        (task / "hasty.cc").write_text(
            "#include <kernelevolve/abi.h>\n#include <cstring>\n"
            'extern "C" int ke_run(const ke_call* call) {\n'
            "  const ke_tensor& x = call->inputs[0];\n"
            "  std::memcpy(call->outputs[0].data, x.data,\n"
            "              4 * x.shape[0] * x.shape[1]);\n  return 0;\n}\n")
        run = self.ke("evaluate", task, TARGETS / "good.cc", "--json")
        self.assertNotEqual(run.code, DONE, str(run))
        self.assertNotIn("WRONG_OUTPUT", run.out, str(run))
        self.assertIn("baseline hasty does not compute the reference",
                      run.out + run.err, str(run))


class Own(Case):
    def test_new_task_is_sound(self):
        self.assertEqual(self.ke("task", "new", "my_kernel").code, DONE)
        run = self.ke("task", "check", "./my_kernel")
        self.assertEqual(run.code, DONE, str(run))
        self.assertNotIn("FAIL", run.out)

    def test_new_task_does_not_overwrite(self):
        self.assertEqual(self.ke("task", "new", "mine").code, DONE)
        before = (self.folder / "mine" / "task.toml").read_text()
        self.assert_error(self.ke("task", "new", "mine"), USAGE, "mine",
                          "already")
        self.assertEqual((self.folder / "mine" / "task.toml").read_text(), before)

    def test_name_must_be_a_name(self):
        for name in ("", "../up", "Big", "9lives", "a b", "x/y"):
            self.assert_error(self.ke("task", "new", name), USAGE)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_keywords_are_names_as_well(self):
        self.assertEqual(self.ke("task", "new", "double").code, DONE)
        run = self.ke("task", "check", "./double")
        self.assertEqual(run.code, DONE, str(run))
