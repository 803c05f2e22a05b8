#!/usr/bin/env python3
"""Prints what a CTest JUnit file says: skip reasons, then one closing line."""

import collections
import re
import sys
import xml.etree.ElementTree as ElementTree


def skip_reason(case):
    output = case.findtext("system-out") or ""
    match = re.search(r"^skipped: (.*)$", output,
                      re.MULTILINE | re.IGNORECASE)
    return match.group(1) if match else "skipped by the test itself"


def main():
    try:
        cases = list(ElementTree.parse(sys.argv[1]).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        print(f"summary: no test results: {error}", file=sys.stderr)
        print("0 passed, 1 failed")
        return 1
    counts = collections.Counter(case.get("status") for case in cases)
    skipped = counts["notrun"] + counts["disabled"]
    failed = len(cases) - counts["run"] - skipped
    reasons = collections.Counter(
        skip_reason(case) for case in cases
        if case.get("status") in ("notrun", "disabled"))
    for reason, count in sorted(reasons.items()):
        print(f"skipped {count}: {reason}")
    line = f"{counts['run']} passed, {failed} failed"
    print(line + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not counts["run"] else 0


if __name__ == "__main__":
    sys.exit(main())
