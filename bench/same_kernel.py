#!/usr/bin/env python3
"""A kernel against itself: what the judge says where the truth is 1.00x.

    bench/same_kernel.py [--kernel FILE] [--task NAME] [--copies N] [--finals N]
                         [--repeats N] [-o FILE]

The kernel (a plain softmax by default) stands in a copy of the task as its only
baseline, and as N candidates with other comments. All copies are judged at the
search stage, the five that look best at the confirm stage, the best of those at
the final stage: as a search would that has nothing to find. Then the final
stage is repeated, --finals times in all. Printed: how far luck carries each
stage from 1, and the half-width of the final intervals. With --repeats all of
this is done so often, anew from the search on, and the share of first finals
within 3 % of 1 is printed: judge.md wants 95 % of 20. FILE gets a line of JSON
for each repeat, after those that it has. KE_BIN: the folder of the programs.
"""

import argparse
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import mutants
from mutants import BIN, ROOT

PROGRAM = BIN / "kernelevolve"


def make_task(name, kernel, folder):
    task = folder / "twin"
    shutil.copytree(ROOT / "tasks" / name, task)
    text = (task / "task.toml").read_text()
    # The twin takes the place of all shipped baselines.
    text = re.sub(r"\[\[baselines\]\]\n(?:[^\[\n].*\n|\n)*", "", text)
    text = re.sub(r'^name( *)= "[^"]*"', r'name\1= "twin"', text, count=1,
                  flags=re.M)
    text += '\n[[baselines]]\nname = "twin"\ncpp  = "baselines/twin.cc"\n'
    (task / "task.toml").write_text(text)
    (task / "baselines").mkdir(exist_ok=True)
    shutil.copy(kernel, task / "baselines" / "twin.cc")
    return task


def judge(task, files, stage):
    run = subprocess.run([PROGRAM, "evaluate", task, *files, "--stage", stage,
                          "--json"], capture_output=True, text=True, check=False)
    verdicts = [json.loads(line) for line in run.stdout.splitlines()]
    if not verdicts:
        sys.exit(run.stderr)
    for verdict in verdicts:
        if verdict["status"] != "ACCEPT":
            print(f"  {stage}: {verdict['status']} {verdict['code']}: "
                  f"{verdict['message']}")
    return verdicts


def accepted(verdicts):
    return [v for v in verdicts if v["status"] == "ACCEPT"]


def describe(name, verdicts):
    values = sorted(v["speedup"] for v in accepted(verdicts))
    if not values:
        print(f"{name:<8} nothing was accepted")
        return
    print(f"{name:<8} {len(values):>4} of {len(verdicts)} accepted: "
          f"median {statistics.median(values):.4f}x, "
          f"from {values[0]:.4f}x to {values[-1]:.4f}x", flush=True)


def describe_finals(finals):
    good = accepted(finals)
    widths = [(v["speedup_ci"][1] - v["speedup_ci"][0]) / 2 / v["speedup"]
              for v in good]
    covers = sum(v["speedup_ci"][0] <= 1 <= v["speedup_ci"][1] for v in good)
    near = sum(abs(v["speedup"] - 1) <= 0.03 for v in good)
    print(f"finals: {near} of {len(good)} within 3 % of 1; {covers} intervals "
          f"contain 1; half-width median {100 * statistics.median(widths):.2f} %, "
          f"largest {100 * max(widths):.2f} %")


def record_of(stage, verdicts):
    return {"stage": stage, "judged": len(verdicts),
            "speedups": [round(v["speedup"], 5) for v in accepted(verdicts)],
            "intervals": [[round(end, 5) for end in v["speedup_ci"]]
                          for v in accepted(verdicts) if stage == "final"],
            "load": [v["environment"].get(key) for v in (verdicts[0], verdicts[-1])
                     for key in ("load_before", "load_after")]}


def search_for_nothing(options, task, copies):
    """One search, its confirmations and finals; the verdicts of each stage."""
    search = judge(task, copies, "search")
    describe("search", search)
    order = sorted(range(len(search)), key=lambda i: -(search[i]["speedup"] or 0))
    best = [copies[i] for i in order[:5]]
    confirm = judge(task, best, "confirm")
    describe("confirm", confirm)
    leader = max(range(len(best)), key=lambda i: confirm[i]["speedup"] or 0)
    finals = judge(task, [best[leader]] * options.finals, "final")
    describe("final", finals)
    if accepted(finals):
        describe_finals(finals)
    return {"search": search, "confirm": confirm, "final": finals}


def repeat(options, task, copies, log):
    """The first final of one search."""
    stages = search_for_nothing(options, task, copies)
    print(json.dumps({"stages": [record_of(*stage) for stage in stages.items()]}),
          file=log, flush=True)
    return stages["final"][0]


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", type=pathlib.Path,
                        default=ROOT / "tests" / "targets" / "good.cc")
    parser.add_argument("--task", default="softmax")
    parser.add_argument("--copies", type=int, default=200)
    parser.add_argument("--finals", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("-o", "--output", type=pathlib.Path)
    options = parser.parse_args()
    options.target, options.stage, options.seed = "cpp@native", "all", None
    return options


def main():
    options = parse()
    with (open(options.output or "/dev/null", "a") as log,
          tempfile.TemporaryDirectory() as name):
        print(json.dumps({**mutants.provenance(options), "task": options.task,
                          "copies": options.copies}), file=log, flush=True)
        folder = pathlib.Path(name)
        task = make_task(options.task, options.kernel, folder)
        source = options.kernel.read_text()
        copies = []
        for i in range(options.copies):
            copies.append(folder / f"copy{i}.cc")
            copies[-1].write_text(f"// copy {i}\n{source}")
        firsts = [repeat(options, task, copies, log)
                  for _ in range(options.repeats)]
        near = sum(v["status"] == "ACCEPT" and abs(v["speedup"] - 1) <= 0.03
                   for v in firsts)
        print(f"first finals within 3 % of 1: {near} of {len(firsts)}")


if __name__ == "__main__":
    main()
