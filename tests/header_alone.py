#!/usr/bin/env python3
"""Every header compiles alone.

Where x.cc includes x.h before anything else, the build itself is the proof. The
other headers are compiled here.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = ["-std=c++20", "-fsyntax-only", "-Isrc", "-Iinclude", "-x", "c++"]


def first_include(path):
    match = re.search(r'^\s*#\s*include\s+["<]([^">]+)[">]',
                      path.read_text(errors="replace"), re.MULTILINE)
    return match.group(1) if match else ""


def compile_alone(compiler, header):
    run = subprocess.run([compiler, *FLAGS, str(header)], cwd=ROOT,
                         capture_output=True, text=True)
    return "" if run.returncode == 0 else f"{header}: {run.stderr.strip()}"


def main():
    compiler = sys.argv[1] if len(sys.argv) > 1 else "g++"
    alone = []
    for header in sorted((ROOT / "src").rglob("*.h")):
        name = str(header.relative_to(ROOT / "src"))
        source = header.with_suffix(".cc")
        if not source.exists() or first_include(source) != name:
            alone.append(header.relative_to(ROOT))
    alone += [h.relative_to(ROOT) for h in (ROOT / "include").rglob("*.h")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        mistakes = list(filter(None, pool.map(
            lambda header: compile_alone(compiler, header), alone)))
    print(f"{len(alone)} headers compiled alone")
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
