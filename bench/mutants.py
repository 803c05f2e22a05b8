#!/usr/bin/env python3
"""Mutation test of the judge: wrong kernels by the hundred, all to be refused.

    bench/mutants.py [--target cpp@native] [--stage search] [--out DIR]
                     [-o FILE] [--jobs N] [--seed N] [--wrappers N]
                     [--sources N] [--only OPERATOR]... [TASK...]

For every shipped task that the target judges: a good kernel (the first recipe
that fits, and the task's reference as a kernel; both must be accepted), then
wrong ones. Wrappers call the good kernel and spoil its result, or spoil it in
some calls only (mutant_wrappers.py); source mutants change its text at one
place (mutant_sources.py). What is not surely wrong is not judged: outside of
the judge, mutant_driver.cc compares outputs with the exact answer, and keeps
what differs by more than four allowances, crashes or hangs. Wrappers that wait
for something the contract forbids to matter need no such proof.

Printed: killed / made for each task and operator with the codes given, and the
survivors. DIR (default runs/mutants) keeps all sources, survivors apart; FILE
gets JSON lines, whose `source` is a path within DIR. Exit: 0 all killed, 1 not,
2 misuse, 4 broken."""

import argparse
import collections
import concurrent.futures
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import mutant_cases
import mutant_sources
import mutant_wrappers

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("KE_BIN", ROOT / "build" / "bin"))
FLAGS = ["-std=c++20", "-march=native", "-pthread", "-fopenmp", "-w",
         f"-I{ROOT / 'include'}"]
AT_LEAST = 60     # mutants a task, while the sources have places left
SITES = 4         # source mutants tried for each that is wanted
BATCH = 20        # kernels in one evaluate
TRIES = 3         # of an evaluate that ends without a verdict
AGAIN = 3         # further verdicts of a survivor, each with inputs of its own
PROOF = 16        # kernels in one run of the driver
NO_MUTANTS = ("BUILD_FAILED", "BUILD_TAMPER")

# What a reference.cc needs of reference.h to be a kernel.
PLAIN = """#include <kernelevolve/abi.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include <limits>
#include <type_traits>

namespace ke {
template <typename T>
const T* input(const ke_call& call, int i) {
  return static_cast<const T*>(call.inputs[i].data);
}
template <typename T>
T* output(const ke_call& call, int i) {
  return static_cast<T*>(call.outputs[i].data);
}
inline double attribute(const ke_call& call, int i) {
  return call.attributes[i];
}
inline int64_t extent(const ke_tensor& t, int axis) { return t.shape[axis]; }
inline int64_t size(const ke_tensor& t) {
  int64_t count = 1;
  for (int32_t axis = 0; axis < t.rank; ++axis) count *= t.shape[axis];
  return count;
}
}  // namespace ke
template <typename A, typename B>
constexpr std::common_type_t<A, B> max(A x, B y) {
  return x < y || !(y == y) ? y : x;
}
template <typename A, typename B>
constexpr std::common_type_t<A, B> min(A x, B y) {
  return y < x || !(y == y) ? y : x;
}
"""


class Broken(Exception):
    """Something other than a verdict."""


class Mutant:
    def __init__(self, kind, operator, why, source):
        self.kind, self.operator = kind, operator
        self.why, self.source = why, source
        self.path = self.verdict = None
        self.accepted = None  # of 1 + AGAIN verdicts, for a survivor

    def outcome(self):
        if self.verdict["status"] == "REJECT":
            return "unbuilt" if self.verdict["code"] in NO_MUTANTS else "killed"
        return "survived" if self.verdict["status"] == "ACCEPT" else "undecided"

    def record(self, task):
        return {"event": "mutant", "task": task, "kind": self.kind,
                "operator": self.operator, "why": self.why,
                "outcome": self.outcome(), "status": self.verdict["status"],
                "code": self.verdict["code"], "check": self.verdict["check"],
                "message": self.verdict["message"], "accepted": self.accepted,
                "source": str(pathlib.Path(*self.path.parts[-3:]))}


def quietly(argv):
    return subprocess.run(list(map(str, argv)), capture_output=True, text=True,
                          check=False, cwd=ROOT)


def evaluate(task, files, options):
    """The verdicts of some files, in their order."""
    verdicts, lost = [], 0
    while len(verdicts) < len(files):
        run = quietly([BIN / "kernelevolve", "evaluate", task.folder,
                       *files[len(verdicts):], "--target", options.target,
                       "--stage", options.stage, "--jobs", options.jobs, "--json"])
        lines = run.stdout.splitlines()
        verdicts += map(json.loads, lines)
        # An error without any verdict may be that of an overloaded machine.
        lost = 0 if lines else lost + 1
        if lost == TRIES:
            raise Broken(f"{task.name}: {run.stderr.strip()[-500:]}")
    return verdicts


def plain_kernel(task):
    text = (task.folder / "reference.cc").read_text()
    text = text.replace("#include <kernelevolve/reference.h>", PLAIN)
    return re.sub(r"KE_REFERENCE\((\w+)\)",
                  'extern "C" int ke_run(const ke_call* call) {\n'
                  r"  \1<float>(*call);" "\n  return 0;\n}", text)


def recipe_kernel(task, out):
    folder = out / "recipes"
    run = quietly([BIN / "recipe_sources", "cpp", "f32", folder, ROOT])
    for line in run.stdout.splitlines():
        found = json.loads(line)
        if found["task"] == task.name:
            return (folder / found["file"]).read_text()
    return None


def good_kernels(task, out, options):
    """{name: text} of what the judge accepts, the faster kind first."""
    folder = out / task.name
    folder.mkdir(parents=True, exist_ok=True)
    known_path = folder / "good.json"
    known = json.loads(known_path.read_text()) if known_path.exists() else {}
    good = {}
    for name, text in (("recipe", recipe_kernel(task, out)),
                       ("plain", plain_kernel(task))):
        if text is None:
            continue
        path = folder / f"good_{name}.cc"
        path.write_text(text)
        key = hashlib.sha256(f"{options.target} {text}".encode()).hexdigest()
        if key not in known:
            verdict = evaluate(task, [path], options)[0]
            known[key] = f"{verdict['status']} {verdict['code']}"
        if known[key].startswith("ACCEPT"):
            good[name] = text
        else:
            print(f"{task.name}: {name} is no good kernel: {known.pop(key)}")
    known_path.write_text(json.dumps(known, indent=1) + "\n")
    if not good:
        raise Broken(f"{task.name}: no good kernel")
    return good


def build(source, library):
    """None, or what the compiler said."""
    tunes = re.findall(r"ke:tune (\w+) = (\S+)", source.read_text())
    run = quietly(["g++", "-O1", *FLAGS, "-fPIC", "-shared",
                   *(f"-D{name}={value}" for name, value in tunes),
                   "-o", library, source])
    return run.stderr if run.returncode else None


class Proof:
    """Runs kernels outside of the judge to see which are wrong."""

    def __init__(self, task, folder, jobs, seed):
        self.folder, self.jobs = folder / "proof", jobs
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.cases, self.driver = self.folder / "cases", self.folder / "driver"
        mutant_cases.write_cases(self.cases, task, seed)
        run = quietly(["g++", "-O2", *FLAGS, f"-DTASK_REFERENCE=\""
                       f"{task.folder / 'reference.cc'}\"", "-o", self.driver,
                       ROOT / "bench" / "mutant_driver.cc", "-ldl"])
        if run.returncode:
            raise Broken(f"{task.name}: the driver: {run.stderr[-2000:]}")

    def run(self, good, libraries):
        """The allowances, and a word for each library."""
        run = quietly([self.driver, self.cases, good, *libraries])
        lines = run.stdout.splitlines()
        if run.returncode or len(lines) != len(libraries) + 1:
            raise Broken(f"{good}: {run.stderr.strip()[-500:]}")
        return list(map(float, lines[0].split())), lines[1:]

    def library(self, number, text):
        source = self.folder / f"{number}.cc"
        source.write_text(text)
        return source.with_suffix(".so")

    def good(self, name, text):
        """(library, allowances) of a good kernel."""
        library = self.library(f"good_{name}", text)
        problem = build(library.with_suffix(".cc"), library)
        if problem:
            raise Broken(f"the good kernel does not build: {problem[-2000:]}")
        return library, self.run(library, [])[0]

    def words(self, good, mutants):
        """What becomes of each: unbuilt, wrong, crashed, hung, within, same."""
        libraries = [self.library(i, m.source) for i, m in enumerate(mutants)]
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            problems = list(pool.map(
                lambda at: build(at.with_suffix(".cc"), at), libraries))
        built = [at for at, problem in zip(libraries, problems) if not problem]
        found = dict(zip(built, self.run(good, built)[1]))
        for at in built:
            at.unlink()
        return [found.get(at, "unbuilt") for at in libraries]


def kept(proof, good, mutants, dropped):
    """Those that are surely wrong; counts the others by what they are."""
    right = []
    for begin in range(0, len(mutants), PROOF):
        some = mutants[begin:begin + PROOF]
        for mutant, word in zip(some, proof.words(good, some)):
            if word in ("wrong", "crashed", "hung"):
                right.append(mutant)
            else:
                dropped[mutant.operator, word] += 1
    return right


def wrapped(task, proof, name, text, options):
    library, allowances = proof.good(name, text)
    sure, to_prove, dropped = [], [], collections.Counter()
    made = list(mutant_wrappers.make(task, text, allowances))
    if options.wrappers is not None:
        made = made[::max(1, len(made) // max(1, options.wrappers))]
        made = made[:options.wrappers]
    for operator, why, source, always in made:
        if options.only and operator not in options.only:
            continue
        (to_prove if always else sure).append(
            Mutant("wrapper", operator, why, source))
    return kept(proof, library, to_prove, dropped) + sure, dropped


def changed_sources(task, proof, good, wanted, options):
    """Source mutants of the good kernels, as many of each."""
    result, dropped = [], collections.Counter()
    for left, (name, text) in zip(range(len(good), 0, -1), good.items()):
        share = -(-(wanted - len(result)) // left)
        library, _ = proof.good(name, text)
        seed = f"{options.seed} {task.name} {name}"
        made = [Mutant("source", operator, f"{name}, {why}", source)
                for operator, why, source in mutant_sources.make(text, seed)
                if not options.only or operator in options.only]
        mine, at = [], 0
        while len(mine) < share and at < min(len(made), SITES * share):
            step = min(PROOF, share - len(mine) + 2)
            mine += kept(proof, library, made[at:at + step], dropped)
            at += step
        result += mine[:share]
    return result, dropped


def judge(task, mutants, out, options, log):
    folder = out / task.name / "made"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for i, mutant in enumerate(mutants):
        mutant.path = folder / f"{i:03}_{mutant.operator}.cc"
        mutant.path.write_text(mutant.source)
    for begin in range(0, len(mutants), BATCH):
        some = mutants[begin:begin + BATCH]
        verdicts = evaluate(task, [m.path for m in some], options)
        for mutant, verdict in zip(some, verdicts):
            mutant.verdict = verdict
            if mutant.outcome() == "undecided":
                mutant.verdict = evaluate(task, [mutant.path], options)[0]
            if mutant.outcome() == "survived":
                again = [evaluate(task, [mutant.path], options)[0]
                         for _ in range(AGAIN)]
                mutant.accepted = 1 + sum(v["status"] == "ACCEPT" for v in again)
            print(json.dumps(mutant.record(task.name)), file=log, flush=True)
            if mutant.outcome() in ("survived", "undecided"):
                keep_survivor(task, mutant, out)


def keep_survivor(task, mutant, out):
    folder = out / "survivors"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{task.name}-{mutant.path.name}"
    path.write_text(f"// {mutant.operator}: {mutant.why}\n{mutant.source}")
    often = (f", accepted {mutant.accepted} times of {1 + AGAIN}"
             if mutant.accepted else "")
    print(f"  {mutant.outcome()}{often}: {mutant.operator} ({mutant.why})\n"
          f"    {mutant.verdict['status']} {mutant.verdict['code']} "
          f"{mutant.verdict['message']}\n    {path}", flush=True)


def run_task(task, out, options, log):
    """All mutants of a task, judged."""
    good = good_kernels(task, out, options)
    proof = Proof(task, out / task.name, options.jobs, options.seed)
    first = next(iter(good))
    mutants, dropped = wrapped(task, proof, first, good[first], options)
    wanted = options.sources
    if options.wrappers is None and not options.only:
        wanted = max(wanted, AT_LEAST - len(mutants))
    more, also_dropped = changed_sources(task, proof, good, wanted, options)
    mutants += more
    judge(task, mutants, out, options, log)
    counts = collections.Counter(m.outcome() for m in mutants)
    print(f"{task.name:<22} {counts['killed']} of "
          f"{len(mutants) - counts['unbuilt']} killed", flush=True)
    left_out = collections.Counter()
    for (_, word), count in (dropped + also_dropped).items():
        left_out[word] += count
    print(json.dumps({
        "event": "task", "task": task.name, "good": list(good), **counts,
        "made": len(mutants) - counts["unbuilt"], "left_out": left_out,
        "left_out_by_operator": {f"{name} {word}": count for (name, word), count
                                 in sorted((dropped + also_dropped).items())}}),
        file=log, flush=True)
    return mutants


def print_operators(mutants):
    by_operator = {}
    for mutant in mutants:
        by_operator.setdefault((mutant.kind, mutant.operator), []).append(mutant)
    print(f"\n{'operator':<52} killed/made  codes")
    for (_, operator), some in sorted(by_operator.items()):
        some = [m for m in some if m.outcome() != "unbuilt"]
        codes = collections.Counter(m.verdict["code"] for m in some)
        named = ", ".join(f"{code} {n}" for code, n in codes.most_common())
        killed = sum(m.outcome() == "killed" for m in some)
        print(f"{operator:<52} {killed:>5}/{len(some):<5} {named}")


def provenance(options):
    version = quietly([BIN / "kernelevolve", "--version"]).stdout.strip()
    commit = quietly(["git", "rev-parse", "--short", "HEAD"]).stdout.strip()
    cpu = re.search(r"model name\s*: (.*)",
                    pathlib.Path("/proc/cpuinfo").read_text())
    return {"event": "start", "version": version, "commit": commit,
            "machine": f"{cpu.group(1) if cpu else '?'}, {os.cpu_count()} cores",
            "date": datetime.datetime.now(datetime.timezone.utc)
            .strftime("%Y-%m-%dT%H:%M:%SZ"),
            "target": options.target, "stage": options.stage,
            "seed": options.seed}


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", default="cpp@native")
    parser.add_argument("--stage", default="search",
                        choices=["search", "confirm", "final"])
    parser.add_argument("--out", type=pathlib.Path,
                        default=pathlib.Path("runs") / "mutants")
    parser.add_argument("-o", "--output", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wrappers", type=int,
                        help="so many, spread over the operators (default all)")
    parser.add_argument("--sources", type=int, default=24,
                        help="source mutants of a task (default 24)")
    parser.add_argument("--only", action="append", metavar="OPERATOR")
    parser.add_argument("tasks", nargs="*", metavar="TASK",
                        help="a shipped task's name, or a folder")
    options = parser.parse_args()
    if options.target.split("@")[0] != "cpp":
        parser.error("there are mutants in C++ only")
    return options


def tasks_of(names):
    for name in names or sorted(p.name for p in (ROOT / "tasks").iterdir()):
        folder = ROOT / "tasks" / name
        task = mutant_cases.Task(
            (folder if folder.is_dir() else pathlib.Path(name)).resolve())
        if task.supported():
            yield task
        else:
            print(f"{name:<22} no shape for a CPU: left out", flush=True)


def main():
    options = parse()
    out = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    mutants, broken = [], False
    with open(options.output or os.devnull, "a") as log:
        print(json.dumps(provenance(options)), file=log, flush=True)
        for task in tasks_of(options.tasks):
            try:
                mutants += run_task(task, out, options, log)
            except Broken as problem:
                print(problem, file=sys.stderr, flush=True)
                broken = True
    print_operators(mutants)
    killed = sum(m.outcome() == "killed" for m in mutants)
    made = sum(m.outcome() != "unbuilt" for m in mutants)
    print(f"\n{killed} of {made} killed")
    return 4 if broken else 0 if made and killed == made else 1


if __name__ == "__main__":
    sys.exit(main())
