#!/usr/bin/env python3
"""Holds the sources to their limits: 300 lines a header, 500 any other file,
80 a function, 6 parameters a function."""

import pathlib
import re
import sys

# Files whose signatures somebody else has laid down: the CUDA runtime's.
FOREIGN_SIGNATURES = ("src/worker/record/fake_cuda_", "tests/fake_driver/")
ROOTS = ("src", "include", "tests", "bench", "scripts", "runners", "tasks",
         "knowledge", "targets", "gauntlet", "cmake")
CHECKED = (".h", ".cc", ".py", ".sh", ".cmake", ".txt")
HEADER_LINES, FILE_LINES, FUNCTION_LINES, PARAMETERS = 300, 500, 80, 6

LITERAL = re.compile(
    r'R"(?P<tag>[^()\s]*)\(.*?\)(?P=tag)"|//[^\n]*|/\*.*?\*/'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.DOTALL)
NOT_A_FUNCTION = re.compile(
    r"\b(namespace|class|struct|union|enum)\b|=\s*$|extern\s*$")


def blank_literals(text):
    """Comments, strings and preprocessor lines, blanked; lines keep place."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    text = LITERAL.sub(blank, text)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", blank, text,
                  flags=re.MULTILINE)


def outer_functions(text):
    """(head, first line, last line) of every function body not inside one."""
    head_start, opened, depth_inside = 0, None, 0
    for match in re.finditer(r"[{};]", text):
        mark, at = match.group(0), match.start()
        if opened is not None:
            depth_inside += {"{": 1, "}": -1, ";": 0}[mark]
            if depth_inside == 0:
                head, begin = opened
                if head is not None:
                    yield (head, text.count("\n", 0, begin) + 1,
                           text.count("\n", 0, at) + 1)
                opened, head_start = None, at + 1
            continue
        head = text[head_start:at]
        if mark == "{" and is_function(head):
            begin = head_start + len(head) - len(head.lstrip())
            opened, depth_inside = (head, begin), 1
        elif mark == "{" and "(" not in head and re.search(
                r"[\w>)\]]\s*$|=\s*$", head) and not NOT_A_FUNCTION.search(head):
            opened, depth_inside = (None, at), 1  # a braced initialiser
        else:
            head_start = at + 1


def is_function(head):
    without_template = re.sub(r"\btemplate\s*<[^{};]*?>\s*(?=\w)", "", head)
    return "(" in head and not NOT_A_FUNCTION.search(
        re.sub(r"\([^()]*\)", "()", without_template))


def parameter_count(head):
    """Commas at the top level of the parameter list, plus one."""
    match = re.search(r"[\w>~]\s*\(", head)
    if not match:
        return 0
    inside = head[match.end():]
    depth, count, empty = 0, 1, True
    for char in inside:
        if char in "([{<":
            depth += 1
        elif char in ")]}>":
            if depth == 0:
                break
            depth -= 1
        elif char == "," and depth == 0:
            count += 1
        empty = empty and char.isspace()
    return 0 if empty else count


def mistakes_in(path, name):
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = text.count("\n")
    limit = HEADER_LINES if path.suffix == ".h" else FILE_LINES
    if lines > limit:
        yield f"{name}:{limit + 1}: {lines} lines; the limit is {limit}"
    if path.suffix not in (".h", ".cc"):
        return
    for head, first, last in outer_functions(blank_literals(text)):
        if last - first + 1 > FUNCTION_LINES:
            yield (f"{name}:{first}: a function of {last - first + 1} lines; "
                   f"the limit is {FUNCTION_LINES}")
        if (parameter_count(head) > PARAMETERS
                and not str(name).startswith(FOREIGN_SIGNATURES)):
            yield (f"{name}:{first}: {parameter_count(head)} parameters; "
                   f"the limit is {PARAMETERS}")


def check(root):
    mistakes = []
    for folder in ROOTS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in CHECKED and path.is_file():
                mistakes += mistakes_in(path, path.relative_to(root))
    return mistakes


def main():
    mistakes = check(pathlib.Path(__file__).resolve().parent.parent)
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
