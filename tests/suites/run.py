#!/usr/bin/env python3
"""Lists the test methods of the suites, or runs one.

    run.py --list
    run.py SUITE.CLASS.METHOD      e.g. usage_suite.Flags.test_unknown_flag

Exit: 0 passed, 1 failed, 77 skipped (the reason stands after "SKIPPED: ").
"""

import ast
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def test_names():
    """Read from the syntax tree: listing imports nothing and runs nothing."""
    for path in sorted(HERE.glob("*_suite.py")):
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.ClassDef):
                continue
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name.startswith("test_"):
                    yield f"{path.stem}.{node.name}.{item.name}"


def run(name):
    sys.path.insert(0, str(HERE))
    tests = unittest.defaultTestLoader.loadTestsFromName(name)
    result = unittest.TextTestRunner(verbosity=0).run(tests)
    if not result.wasSuccessful() or not result.testsRun and not result.skipped:
        return 1
    if result.skipped:
        print(f"SKIPPED: {result.skipped[0][1]}")
        return 77
    return 0


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    if sys.argv[1] == "--list":
        print("\n".join(test_names()))
        return 0
    return run(sys.argv[1])


if __name__ == "__main__":
    sys.exit(main())
