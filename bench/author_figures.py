#!/usr/bin/env python3
"""What became of a model's answers, run by run.

    bench/author_figures.py NAME=EVENTS,RECORDING [...]

EVENTS is what `optimize --json` printed, RECORDING what `--record` wrote. For
each run: kernels asked of the model, how many of them compiled, ran, were
right, were faster than the best kernel before the model (95 % intervals apart)
and than their parents; what the second round of answers that could not be read
brought; the codes of the others; and whether kernels made from a failed parent
got further than it had.
"""

import collections
import json
import pathlib
import sys

# How far a kernel got, by what the judge said of it.
UNREAD, REPEATED, UNBUILT, WRONG, RIGHT = range(5)
STEPS = ("no kernel in the answer", "an earlier kernel once more", "did not compile",
         "compiled, wrong", "right")


def step(node):
    if node["status"] == "ACCEPT":
        return RIGHT
    if node["description"] == "no kernel in the answer":
        repeated = "tried before" in node["message"] or \
            "unchanged" in node["message"]
        return REPEATED if repeated else UNREAD
    return UNBUILT if node["code"] in ("BUILD_FAILED", "BUILD_TAMPER") else WRONG


def lines_of(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def is_model(node):
    return node["origin"].startswith("model ")


def quicker(node, other):
    return node["speedup_ci"][0] > other["speedup_ci"][1]


def of_whole(count, whole):
    return f"{count} of {whole}"


def figures(events, recording):
    nodes = {e["node"]: e for e in events if e.get("event") == "node"}
    made = [n for n in nodes.values() if is_model(n)]
    seeds = [n for n in nodes.values() if not is_model(n) and step(n) == RIGHT]
    right = [n for n in made if step(n) == RIGHT]
    rows = {"kernels asked for": len(made)}
    for number, name in enumerate(STEPS):
        rows[name] = sum(step(n) == number for n in made)
    seed = max(seeds, key=lambda n: n["speedup"], default=None)
    if seed:
        rows["faster than the seed"] = sum(quicker(n, seed) for n in right)
    rows["faster than the parent"] = sum(
        n["parent"] in nodes and step(nodes[n["parent"]]) == RIGHT and
        quicker(n, nodes[n["parent"]]) for n in right)
    best = max(right + seeds, key=lambda n: n["speedup"], default=None)
    rows["best, over the panel"] = f"{best['speedup']:.2f}x" if best else "none"

    children = [n for n in made if n["parent"] in nodes
                and step(nodes[n["parent"]]) < RIGHT]
    further = sum(step(n) > step(nodes[n["parent"]]) for n in children)
    rows["got further than a failed parent"] = of_whole(further, len(children))

    asked = collections.Counter(call["place"].split("/")[0]
                                for call in recording if "place" in call)
    again = sum(count > 1 for count in asked.values())
    unread = rows[STEPS[UNREAD]]
    rows["answers that could not be read at first"] = again
    rows["read after the repair round"] = of_whole(max(0, again - unread), again)
    done = next((e for e in events if e.get("event") == "done"), {})
    rows["calls of the model"] = done.get("model_calls")
    rows["tokens"] = done.get("tokens")
    rows["minutes"] = round(done.get("elapsed_s", 0) / 60, 1)
    rows["of which the model's"] = round(done.get("model_s", 0) / 60, 1)
    rows["ended"] = done.get("state")
    codes = collections.Counter(n["code"] for n in made)
    rows["codes"] = ", ".join(f"{code} {n}" for code, n in codes.most_common())
    return rows


def main():
    if len(sys.argv) < 2 or not all("=" in a and "," in a for a in sys.argv[1:]):
        sys.exit(__doc__)
    runs = {}
    for argument in sys.argv[1:]:
        name, files = argument.split("=", 1)
        events, recording = map(pathlib.Path, files.split(",", 1))
        runs[name] = figures(lines_of(events), lines_of(recording))
    names = list(next(iter(runs.values())))
    print("| | " + " | ".join(runs) + " |")
    print("|---|" + "---|" * len(runs))
    for name in names:
        print(f"| {name} | " + " | ".join(str(run.get(name, "")) for run in
                                          runs.values()) + " |")


if __name__ == "__main__":
    main()
