#!/usr/bin/env python3
"""Holds every include of src/ to the one-way order of the folders.

The order stands in one place, the DEPS of src/CMakeLists.txt; a folder may
include itself and whatever its DEPS reach.
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def read_order(cmake_text):
    """Folder -> the folders that its DEPS name."""
    text = re.sub(r"#.*", "", cmake_text)
    order = {}
    for call in re.findall(r"ke_library\(([^)]*)\)", text):
        folder, *words = call.split()
        deps = []
        if "DEPS" in words:
            for word in words[words.index("DEPS") + 1:]:
                if word == "LIBS":
                    break
                deps.append(word)
        order[folder] = deps
    return order


def reachable(order, folder):
    seen, queue = {folder}, [folder]
    while queue:
        for dep in order[queue.pop()]:
            if dep not in order:
                raise ValueError(f"{folder}: DEPS names unknown folder '{dep}'")
            if dep not in seen:
                seen.add(dep)
                queue.append(dep)
    return seen


def mistakes_in(path, allowed, folders, source_root):
    text = path.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match or match.group(1).startswith("kernelevolve/"):
            continue
        target = match.group(1).split("/")[0]
        where = f"{path.relative_to(source_root.parent)}:{number}"
        if target not in folders:
            yield f'{where}: "{match.group(1)}" is not a path from src/'
        elif target not in allowed:
            yield (f'{where}: includes "{match.group(1)}", but '
                   f"{path.relative_to(source_root).parts[0]} may include only "
                   + " ".join(sorted(allowed)))


def check(source_root):
    """Every mistake, as text with file and line."""
    order = read_order((source_root / "CMakeLists.txt").read_text())
    mistakes = []
    for path in sorted(source_root.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        folder = path.relative_to(source_root).parts[0]
        if folder not in order:
            mistakes.append(f"{path}: folder '{folder}' has no ke_library line")
            continue
        mistakes += mistakes_in(path, reachable(order, folder), order,
                                source_root)
    return mistakes


def main():
    source_root = pathlib.Path(__file__).resolve().parent.parent / "src"
    if len(sys.argv) > 1:
        source_root = pathlib.Path(sys.argv[1]).resolve()
    mistakes = check(source_root)
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
