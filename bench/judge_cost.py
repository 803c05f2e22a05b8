#!/usr/bin/env python3
"""What the judge's checks cost: a search-stage verdict with all of them, and
with those that every harness has.

    bench/judge_cost.py [--rounds N] [--seed N] [-o FILE] [TASK ...]

A worker judges the first recipe of each shipped task over and over, as in one
run: one secret, each time another text (a comment), so that nothing but exact
answers, the panel and the roofs is kept. Verdicts with all checks and with the
core alone take turns in random order. The core: every element of every listed
shape is compared with the exact answer, untouched and non-finite ones are
found, and outputs of timed calls are compared. Printed for each task: the
medians of both, by phase, and the median of the ratios of neighbours; then the
geometric mean over the tasks. FILE gets a line of JSON for each verdict. Both
sides pay for their own oracle answers before anything is counted.
"""

import argparse
import json
import math
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import tomllib

import mutants
from mutants import BIN, ROOT

CORE = {"poison", "compare", "nonfinite", "timed_compare", "flush_proof",
        "speed_of_light", "build_scan", "library_allow_list"}
PHASES = ("build", "correctness", "timing")


class Worker:
    """One `kernelevolve-worker serve` (docs/worker-protocol.md)."""

    def __init__(self, scratch):
        self.process = subprocess.Popen(
            [BIN / "kernelevolve-worker", "serve", "--scratch", scratch],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        hello = self.read()
        if hello["type"] != "hello":
            sys.exit(hello.get("message", "the worker does not serve"))
        self.number = 0

    def read(self):
        size = int.from_bytes(self.process.stdout.read(4), "little")
        return json.loads(self.process.stdout.read(size))

    def judge(self, request):
        self.number += 1
        body = json.dumps({"type": "evaluate", "id": self.number, **request})
        self.process.stdin.write(len(body.encode()).to_bytes(4, "little"))
        self.process.stdin.write(body.encode())
        self.process.stdin.flush()
        while (answer := self.read())["type"] == "progress":
            pass
        if answer["type"] != "result":
            sys.exit(f"the worker answers: {answer.get('message')}")
        return answer["evaluation"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def all_checks(programs=BIN):
    run = subprocess.run([programs / "kernelevolve-worker", "checks"],
                         capture_output=True, text=True, check=True)
    return [line.split()[0] for line in run.stdout.splitlines()
            if re.match(r"[a-z_]+ ", line)]


def native_target():
    with open(ROOT / "targets/native/target.toml", "rb") as file:
        rule = tomllib.load(file)["languages"]["cpp"]
    rule["argv"] = rule.pop("compile")
    return {"language": "cpp", "device": "native", "device_kind": "cpu",
            "compile": rule}


def files_of(folder):
    return [{"path": str(path.relative_to(folder)), "contents": path.read_text()}
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts]


def total(verdict):
    return sum(verdict["phases_ms"][phase] for phase in PHASES)


class Subject:
    def __init__(self, task, source, seed):
        self.name = task.name
        self.files = files_of(task.folder)
        self.source = source
        self.parameters = dict(re.findall(r"ke:tune (\w+) = (\S+) in", source))
        self.secret = f"{random.Random(seed).getrandbits(256):064x}"
        self.texts = 0

    def judged(self, worker, target, off):
        self.texts += 1
        return worker.judge({
            "task": {"files": self.files}, "target": target, "stage": "search",
            "secret": self.secret, "disabled_checks": off, "explain": False,
            "build_only": False,
            "candidate": {"language": "cpp", "parameters": self.parameters,
                          "label": self.name,
                          "source": f"{self.source}\n// {self.texts}\n"}})


def measure(subject, worker, target, off, options, log):
    """[(all, core)]: verdicts of neighbours."""
    order = random.Random(options.seed)
    pairs = []
    for number in range(-1, options.rounds):  # the first is not counted
        sides = [("all", []), ("core", off)]
        order.shuffle(sides)
        pair = {name: subject.judged(worker, target, without)
                for name, without in sides}
        for name, verdict in pair.items():
            print(json.dumps({"task": subject.name, "round": number, "checks": name,
                              "status": verdict["status"], "code": verdict["code"],
                              "phases_ms": verdict["phases_ms"]}),
                  file=log, flush=True)
            if verdict["status"] != "ACCEPT":
                print(f"{subject.name}: {name}: {verdict['code']}: "
                      f"{verdict['message']}", file=sys.stderr)
                return []
        if number >= 0:
            pairs.append((pair["all"], pair["core"]))
    return pairs


def report(name, pairs):
    ratio = statistics.median(total(full) / total(core) for full, core in pairs)
    words = [f"{name:<22}"]
    for side in (0, 1):
        for phase in PHASES:
            value = statistics.median(p[side]["phases_ms"][phase] for p in pairs)
            words.append(f"{value:>7.0f}")
    print(" ".join(words), f"{100 * (ratio - 1):>+7.0f} %", flush=True)
    return ratio


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=pathlib.Path)
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    options = parser.parse_args()
    options.target, options.stage = "cpp@native", "search"
    return options


def main():
    options = parse()
    off = [name for name in all_checks() if name not in CORE]
    target, ratios = native_target(), []
    print(f"{'milliseconds, medians':<22} {'with all checks':>23} "
          f"{'with the core':>23}   added")
    print(f"{'':<22} {'build  correct   timing':>23} "
          f"{'build  correct   timing':>23}")
    with (open(options.output or "/dev/null", "a") as log,
          tempfile.TemporaryDirectory() as scratch):
        print(json.dumps(mutants.provenance(options)), file=log, flush=True)
        worker = Worker(pathlib.Path(scratch) / "worker")
        for task in mutants.tasks_of(options.tasks):
            source = mutants.recipe_kernel(task, pathlib.Path(scratch))
            if source is None:
                print(f"{task.name:<22} no recipe: left out")
                continue
            subject = Subject(task, source, options.seed)
            if pairs := measure(subject, worker, target, off, options, log):
                ratios.append(report(task.name, pairs))
        worker.close()
    if not ratios:
        sys.exit(1)
    mean = math.exp(statistics.fmean(map(math.log, ratios)))
    print(f"{'geometric mean':<70} {100 * (mean - 1):>+7.0f} %")


if __name__ == "__main__":
    main()
