// StoredResult: a verdict together with what it takes to judge the kernel again.
// `evaluate --json` prints it, one object a line; best/result.json of a run is
// one; `verify` reads both. docs/judge.md has the keys.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "core/candidate.h"
#include "core/evaluation.h"
#include "core/task.h"

namespace kernelevolve {

// Who judged. "" = not known.
struct MachineRecord {
  std::string device;     // as the worker describes it
  std::string toolchain;  // likewise
  std::string cpu;        // architecture and vector extensions, of a CPU's result
  std::string packages;   // of Python, of a GPU's result: torch, Triton
  std::string judge;      // version and digest of the worker
};

Json ToJson(const MachineRecord& machine);

// What was judged, as a command line names it.
struct JudgedTask {
  std::string words;   // a shipped task's name, a folder, or a KernelBench file
  std::string digest;  // Task::Digest()
  std::vector<std::string> only_shapes;  // of --shape
};
JudgedTask MakeJudgedTask(const Task& task, const std::string& words);

struct StoredResult {
  std::string candidate;  // the kernel's file
  JudgedTask task;
  std::string target;
  ParameterValues parameters;
  std::vector<std::string> without_checks;
  MachineRecord machine;
  Evaluation evaluation;
};

Json ToJson(const StoredResult& result);
// Whether the object is meant as one: it has an id, a stage, shapes and so on.
bool IsStoredResult(const Json& json);
// Whether it has some of the marks of one, be it all or a few: no other object
// that this program prints has.
bool ResemblesStoredResult(const Json& json);
// Those that it lacks, for people: "\"shapes\"".
std::vector<std::string> LackingMarks(const Json& json);
// What is not known stays empty: older results say less.
Result<StoredResult> StoredResultFromJson(const Json& json);

}  // namespace kernelevolve
