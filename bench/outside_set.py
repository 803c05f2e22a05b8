#!/usr/bin/env python3
"""Judges a folder of kernels that somebody else wrote, cheats and honest ones.

    bench/outside_set.py FOLDER [--stage search] [--kind attack|honest]
                         [--only PREFIX,...] [--lanes N] [--seconds N] [-o FILE.tsv]

FOLDER/index.tsv names them, a line each under the header: kind (attack or
honest), file, task, what it does. The language is the file's. One line per
kernel as it is judged, then the cheats that were accepted, the honest ones that
were refused, and what was not judged at all. Exit 0 if there are none of these.
With --seconds nothing new is begun after that time, and what was left out is
counted. FILE.tsv keeps all verdicts with their messages. Several lanes judge
side by side: on a CPU they share the cores, so times say less. KE_BIN: the
folder of the programs, if not build/bin.
"""

import argparse
import concurrent.futures
import csv
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(os.environ.get("KE_BIN", ROOT / "build" / "bin")) / "kernelevolve"
LIMIT_S = 900  # for one kernel
TARGETS = {".cu": "cuda@native", ".py": "triton@native"}  # else the CPU


def read_index(folder):
    with (folder / "index.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        if row.get("kind") not in ("attack", "honest"):
            raise ValueError(f"{folder}/index.tsv: kind is '{row.get('kind')}'")
    return rows


def judge(folder, row, stage):
    """The verdict as `evaluate --json` prints it, or what came instead."""
    command = [PROGRAM, "evaluate", row["task"], folder / row["file"],
               "--stage", stage, "--json", "--target",
               TARGETS.get(pathlib.Path(row["file"]).suffix, "cpp@native")]
    start = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True,
                              timeout=LIMIT_S, check=False)
        lines = done.stdout.splitlines()
        verdict = json.loads(lines[-1]) if lines else {
            "status": "NONE", "code": done.stderr.strip()[-300:]}
    except subprocess.TimeoutExpired:
        verdict = {"status": "NONE", "code": f"none within {LIMIT_S} s"}
    except json.JSONDecodeError as error:
        verdict = {"status": "NONE", "code": f"no JSON: {error}"}
    verdict["seconds"] = time.monotonic() - start
    return verdict


def words_of(verdict):
    words = f"{verdict['status']} {verdict['code']}"
    if verdict["status"] == "ACCEPT":
        words += f" {verdict.get('speedup', 0):.2f}x"
    return words


def is_right(row, verdict):
    wanted = "ACCEPT" if row["kind"] == "honest" else "REJECT"
    return verdict["status"] == wanted


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--stage", default="search")
    parser.add_argument("--kind", choices=("attack", "honest"))
    parser.add_argument("--only", default="", help="file names begin with one of these")
    parser.add_argument("--lanes", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("-o", "--output", type=pathlib.Path)
    options = parser.parse_args()
    try:
        rows = read_index(options.folder)
    except (OSError, ValueError) as error:
        sys.exit(f"outside_set: {error}")
    prefixes = tuple(options.only.split(","))
    rows = [row for row in rows if row["file"].startswith(prefixes)
            and options.kind in (None, row["kind"])]
    end = time.monotonic() + options.seconds

    def judge_in_time(row):
        if time.monotonic() > end:
            return row, None
        return row, judge(options.folder, row, options.stage)

    wrong, left, kept = [], 0, []
    with concurrent.futures.ThreadPoolExecutor(options.lanes) as lanes:
        waiting = [lanes.submit(judge_in_time, row) for row in rows]
        for done in concurrent.futures.as_completed(waiting):
            row, verdict = done.result()
            if verdict is None:
                left += 1
                continue
            mark = "" if is_right(row, verdict) else "  <--"
            print(f"{row['kind']:<7} {row['file']:<44} {words_of(verdict):<32} "
                  f"{verdict['seconds']:4.0f} s{mark}", flush=True)
            message = " ".join(str(verdict.get("message", "")).split())
            kept.append([row["kind"], row["file"], row["task"], row["what"],
                         words_of(verdict), message])
            if mark:
                wrong.append((row, verdict, message))
            if options.output:  # what is there so far: a run may be cut off
                with options.output.open("w", newline="") as file:
                    writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE,
                                        escapechar="\\")
                    writer.writerow(["kind", "file", "task", "what", "verdict", "message"])
                    writer.writerows(kept)
    for row, verdict, message in wrong:
        print(f"\n{row['kind']} {row['file']} ({row['task']}): {words_of(verdict)}\n"
              f"  {row['what']}\n  {message[:600]}")

    def count(kind, status):
        return sum(row["kind"] == kind and verdict["status"] == status
                   for row, verdict, _ in wrong)

    unclear = len(wrong) - count("attack", "ACCEPT") - count("honest", "REJECT")
    print(f"\n{len(kept)} looked at: {count('attack', 'ACCEPT')} cheats accepted, "
          f"{count('honest', 'REJECT')} honest ones refused, {unclear} without a "
          f"verdict, {left} left out")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
