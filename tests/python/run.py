#!/usr/bin/env python3
"""Runs the test modules of this folder that are named, or all.

    run.py [MODULE...]        e.g. run.py record_plans_test

Exit: 0 passed, 1 failed, 77 skipped (the reason stands after "SKIPPED: ").
"""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def main():
    sys.path.insert(0, str(HERE))
    names = sys.argv[1:] or [path.stem for path in sorted(HERE.glob("*_test.py"))]
    tests = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(verbosity=0).run(tests)
    if not result.wasSuccessful():
        return 1
    if not result.testsRun and result.skipped:
        print(f"SKIPPED: {result.skipped[0][1]}")
        return 77
    return 0 if result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
