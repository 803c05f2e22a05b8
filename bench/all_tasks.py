#!/usr/bin/env python3
"""Optimizes every shipped task with shapes for a CPU and prints what came of it.

    bench/all_tasks.py [--minutes M] [--out DIR] [TASK...]

One row per task: final-stage speedup over the best of the panel with its 95 %
interval, speedup over the plain reference, share of the speed of light. Then
the geometric means. DIR (default runs/all-tasks) keeps runs and their JSON.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "bin" / "kernelevolve"
# Tasks whose panel holds more than the plain reference.
AGAINST_LIBRARIES = ("softmax", "rmsnorm", "conv1d", "optimized_fm")


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else 0.0


def for_cpu(task):
    """Whether the shipped task lists a shape for a CPU."""
    text = (ROOT / "tasks" / task / "task.toml").read_text()
    return any("cpu" in shape.get("for", ["cpu"])
               for shape in tomllib.loads(text)["shapes"])


def optimize(task, minutes, out):
    """The `done` object of one run."""
    folder = out / task
    log = out / f"{task}.jsonl"
    with log.open("w") as lines:
        subprocess.run([PROGRAM, "optimize", task, "--minutes", str(minutes),
                        "--run", folder, "--json"], stdout=lines, check=False)
    lines = log.read_text().splitlines()
    last = json.loads(lines[-1]) if lines else {}
    return last if last.get("event") == "done" else {}


def over_reference(shapes):
    """Weighted geometric mean of reference time over kernel time."""
    logs = weights = 0.0
    for shape in shapes:
        reference = shape["panel"].get("reference")
        if not reference:
            return None
        weight = shape.get("weight", 1)
        logs += weight * math.log(reference["time_us"] / shape["time_us"])
        weights += weight
    return math.exp(logs / weights) if weights else None


def row_of(task, done):
    best = done.get("best")
    if not best or best["status"] != "ACCEPT":
        return {"task": task, "reason": done.get("reason", "the run failed")}
    low, high = best["speedup_ci"]
    light = [shape["speed_of_light"] for shape in best["shapes"]]
    return {"task": task, "stage": best.get("stage", ""), "nodes": done["nodes"],
            "baseline": best["baseline"], "speedup": best["speedup"],
            "ci": [low, high], "over_reference": over_reference(best["shapes"]),
            "of_light": geometric_mean(light) if all(light) else 0.0}


def print_row(row):
    if "speedup" not in row:
        print(f"{row['task']:<22} nothing: {row['reason']}", flush=True)
        return
    plain = row["over_reference"]
    plain = f"{plain:.2f}x" if plain else "-"
    print(f"{row['task']:<22} {row['speedup']:6.2f}x "
          f"[{row['ci'][0]:.2f}, {row['ci'][1]:.2f}] over {row['baseline']:<10} "
          f"{plain:>8} over reference  {100 * row['of_light']:3.0f} % of light  "
          f"{row['nodes']} nodes, {row['stage']}", flush=True)


def print_means(rows):
    plain = [row["over_reference"] for row in rows if row.get("over_reference")]
    print(f"geometric mean over the reference: {geometric_mean(plain):.2f}x "
          f"({len(plain)} tasks)")
    chosen = [row["speedup"] for row in rows
              if row["task"] in AGAINST_LIBRARIES and "speedup" in row]
    print(f"geometric mean over the best of the panel, "
          f"{' '.join(AGAINST_LIBRARIES)}: {geometric_mean(chosen):.2f}x "
          f"({len(chosen)} tasks)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--out", type=pathlib.Path,
                        default=pathlib.Path("runs") / "all-tasks")
    parser.add_argument("tasks", nargs="*")
    options = parser.parse_args()
    shipped = [json.loads(line)["task"] for line in subprocess.run(
        [PROGRAM, "task", "list", "--json"], capture_output=True, text=True,
        check=True).stdout.splitlines()]
    options.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for task in options.tasks or filter(for_cpu, shipped):
        rows.append(row_of(task, optimize(task, options.minutes, options.out)))
        print_row(rows[-1])
    print_means(rows)
    (options.out / "rows.json").write_text(json.dumps(rows, indent=1) + "\n")
    return 0 if all("speedup" in row for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
