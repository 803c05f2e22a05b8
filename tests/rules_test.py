#!/usr/bin/env python3
"""The checks of the sources themselves find what they are for."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import include_order  # noqa: E402
import limits  # noqa: E402


class IncludeOrder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.src = pathlib.Path(self.folder.name) / "src"
        for name in ("base", "core", "wire"):
            (self.src / name).mkdir(parents=True)
        (self.src / "CMakeLists.txt").write_text(
            "ke_library(base LIBS x::y)\nke_library(core DEPS base LIBS z)\n"
            "ke_library(wire DEPS core)  # ke_library(no)\n")

    def mistakes(self, path, text):
        (self.src / path).write_text(text)
        return include_order.check(self.src)

    def test_reaches_through(self):
        self.assertEqual(self.mistakes(
            "wire/a.h", '#include "base/b.h"\n#include "wire/c.h"\n'), [])

    def test_wrong_direction_names_file_and_line(self):
        found = self.mistakes("core/a.cc", '#include <x>\n#include "wire/a.h"\n')
        self.assertEqual(len(found), 1)
        self.assertIn("core/a.cc:2", found[0])

    def test_relative_include(self):
        self.assertIn("not a path from src/",
                      self.mistakes("core/a.cc", '#include "a.h"\n')[0])


class Limits(unittest.TestCase):
    def functions(self, text):
        return [(first, last) for _, first, last in
                limits.outer_functions(limits.blank_literals(text))]

    def test_methods_inside_classes_count(self):
        text = "namespace n {\nclass A {\n  int f() {\n    if (x) {\n    }\n  }\n};\n}\n"
        self.assertEqual(self.functions(text), [(3, 6)])

    def test_braces_in_literals_do_not_count(self):
        text = 'int f() {\n  return g("}{", \'{\');  // {\n}\nint h() {\n}\n'
        self.assertEqual(self.functions(text), [(1, 3), (4, 5)])

    def test_initialisers_are_no_functions(self):
        text = "constexpr int a[] = {\n 1,\n};\nstd::atomic<int> b{0};\nvoid f() {\n}\n"
        self.assertEqual(self.functions(text), [(5, 6)])

    def test_parameters(self):
        self.assertEqual(limits.parameter_count("void f(int a, map<int, int> b)"), 2)
        self.assertEqual(limits.parameter_count("void f()"), 0)


if __name__ == "__main__":
    unittest.main()
