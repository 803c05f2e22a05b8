#!/usr/bin/env python3
"""Mutated KernelBench files through the importer.

    kernelbench_fuzz.py [--files N] [--seconds S] [--seed N] [--from N]
                        [--program kernelevolve] [--record FILE [--source TEXT]]

Whatever a file holds, the importer answers it with one line: a task that is
whole, and that `kernelevolve task check` can read where a program is given, or a
refusal of a kind that docs/kernelbench.md lists. Neither a file nor what it does
may end the importer or spoil the answers to the files beside it.

Numbers of the samples are made small first, and mutations know words of torch
alone: what such a file may do to a machine is compute. Exit: 0, or 1 where a
promise was broken; the message says which file, and --from makes it again.
"""

import argparse
import json
import math
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import tomllib

from recorder import ROOT, RUNNERS, find_python

SAMPLES = ROOT / "tests" / "kernelbench"
BATCH = 25
SECONDS = 20  # of one file
WORDS = ("torch", "nn", "x", "self", "None", "True", "0", "-1", "2", "1e30",
         "float('nan')", "torch.int64", "torch.float16", "torch.complex64",
         "torch.randn", "torch.randint", "torch.empty(0)", "torch.ones(2, 2)",
         "dim=0", "[", "]", "(", ")", ",", ":", "\n", "    ", "return", "*",
         "lambda:", "def reference", "Model", "get_inputs", "raise", "yield",
         "while True:", "\x00", "\udcff", "#", '"""', "nn.Dropout(0.5)",
         "nn.Linear(3, 5)", "x.sum()", "x.to_sparse()", "x.item()", "@")
NUMBER = re.compile(r"\d{2,}")


def kinds():
    """Of the table in docs/kernelbench.md."""
    text = (ROOT / "docs" / "kernelbench.md").read_text()
    table = text[text.index("| kind | |"):text.index("## ModelNew")]
    rows = [row.split("|")[1] for row in table.splitlines() if "|" in row]
    return set(re.findall(r"`(\w+)`", " ".join(rows)))


def samples():
    return [NUMBER.sub(lambda found: str(max(2, int(found[0]) % 61)),
                       path.read_text())
            for path in sorted(SAMPLES.glob("*/*.py"))]


def mutated(number, seed, texts):
    """The bytes of one file; its number and the seed make them again."""
    draw = random.Random(f"{seed} {number}")
    text = draw.choice(texts)
    for _ in range(draw.choice((0, 1, 1, 1, 2, 3, 5))):
        text = mutate(text, draw, texts)
    return text.encode("utf-8", "surrogateescape")


def mutate(text, draw, texts):
    at, length = draw.randint(0, len(text)), draw.randint(1, 12)
    how = draw.randrange(6)
    if how == 0:
        return text[:at] + draw.choice(WORDS) + text[at:]
    if how == 1:
        return text[:at] + draw.choice(WORDS) + text[at + length:]
    if how == 2:
        return text[:at] + text[at + length:]
    if how == 3:  # a word, by another
        words = list(re.finditer(r"[\w.]+", text))
        word = draw.choice(words) if words else None
        return (text[:word.start()] + draw.choice(WORDS) + text[word.end():]
                if word else draw.choice(texts))
    lines = text.splitlines(keepends=True) or [""]
    line = draw.randrange(len(lines))
    if how == 4:
        del lines[line]
    else:
        lines.insert(line, draw.choice(draw.choice(texts).splitlines(True)))
    return "".join(lines)


class Broken(Exception):
    """A promise of the importer."""


def import_batch(folder, names):
    """An answer for each file, in order."""
    done = subprocess.run(
        [find_python(), "-m", "ke_kernelbench", "--seconds", str(SECONDS),
         "--out", folder / "out", *[folder / name for name in names]],
        env={**os.environ, "PYTHONPATH": str(RUNNERS), "OMP_NUM_THREADS": "1",
             "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
        timeout=120 + 2 * SECONDS * len(names))
    if done.returncode:
        raise Broken(f"the importer ended with {done.returncode}: "
                     f"{done.stderr[-1000:]}")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if [each["file"] for each in answers] != [str(folder / n) for n in names]:
        raise Broken(f"answers to other files: {done.stdout[-1000:]}")
    return answers


def check(answer, known, program):
    """A task that is whole, or a refusal that says why."""
    if not answer["admitted"]:
        if answer["kind"] not in known:
            raise Broken(f"unknown kind {answer['kind']!r}")
        if not answer["why"] or "\n" in answer["why"]:
            raise Broken(f"no reason in one line: {answer['why']!r}")
        return answer["kind"]
    folder = pathlib.Path(answer["folder"])
    task = tomllib.loads((folder / "task.toml").read_text())
    if task["name"] != answer["name"] or folder.name != answer["name"]:
        raise Broken(f"the task is called {task['name']!r}")
    compile((folder / "reference.py").read_text(), "reference.py", "exec")
    if program:
        check_by_program(program, folder)
    return "admitted"


def check_by_program(program, folder):
    """It can read the task; judging it takes a device."""
    done = subprocess.run(
        [program, "task", "check", folder, "--target", "triton@sm_90"],
        text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=120)
    if "task.toml is valid" not in done.stdout + done.stderr:
        raise Broken(f"task check ended with {done.returncode}: "
                     f"{done.stdout[-500:]}{done.stderr[-500:]}")


def run_batch(numbers, seed, texts, program):
    """How each ended."""
    known = kinds()
    with tempfile.TemporaryDirectory(prefix="ke-kernelbench-fuzz-") as name:
        folder = pathlib.Path(name)
        for number in numbers:
            (folder / f"f{number}.py").write_bytes(mutated(number, seed, texts))
        answers = import_batch(folder, [f"f{number}.py" for number in numbers])
        ends = []
        for number, answer in zip(numbers, answers):
            try:
                ends.append(check(answer, known, program))
            except Exception as error:
                raise Broken(f"--seed {seed} --from {number} --files 1: "
                             f"{type(error).__name__}: {error}") from error
        made = {path.name for path in (folder / "out").glob("*")}
        if made != {a["name"] for a in answers if a["admitted"]}:
            raise Broken(f"--seed {seed} --from {numbers[0]}: left over: {made}")
        return ends


def fuzz(files, seed=1, first=0, program=None, seconds=math.inf):
    """Counts by how files ended; after `seconds` no batch begins."""
    texts, counts, began = samples(), {}, time.monotonic()
    for start in range(first, first + files, BATCH):
        if time.monotonic() - began > seconds:
            break
        numbers = range(start, min(start + BATCH, first + files))
        for end in run_batch(numbers, seed, texts, program):
            counts[end] = counts.get(end, 0) + 1
    return counts


def environment():
    """The set of packages that the importer runs with."""
    return pathlib.Path(find_python()).parents[1].name


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=math.inf)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--program", type=pathlib.Path)
    parser.add_argument("--record", type=pathlib.Path)
    parser.add_argument("--source", default="")
    options = parser.parse_args()
    start = time.monotonic()
    try:
        counts = fuzz(options.files, options.seed, options.first,
                      options.program, options.seconds)
    except Broken as broken:
        print(f"kernelbench_fuzz: {broken}", file=sys.stderr)
        return 1
    line = (f"{sum(counts.values())} inputs, 1 targets, "
            f"{time.monotonic() - start:.0f} seconds, no crash")
    run = {"kind": "run", "program": "kernelbench_fuzz",
           "source": options.source, "environment": environment(),
           "seed": options.seed, "from": options.first,
           "read_by_program": options.program is not None}
    records = [run, {"kind": "target", "target": "kernelbench", "ends": counts},
               {"kind": "total", "line": line}]
    if options.record:
        options.record.write_text(
            "".join(json.dumps(record) + "\n" for record in records))
    print(json.dumps(counts), line, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
