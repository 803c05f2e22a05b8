// Verify: results that were stored or exported, judged again on today's machine
// and held against what they say.
#pragma once

#include <functional>
#include <optional>

#include "base/file.h"
#include "base/stop.h"
#include "core/target.h"
#include "engine/verify/comparison.h"
#include "engine/verify/find_stored.h"
#include "eval/evaluator.h"

namespace kernelevolve {

// Who judges for a target here. The evaluator is another's and outlives verify.
struct JudgeHere {
  Evaluator* evaluator = nullptr;
  MachineRecord machine;
};
// nullopt: this machine has no such device. An error is of the results for this
// target: kMissing: they cannot be judged here; kInterrupted ends everything.
using FindJudge =
    std::function<Result<std::optional<JudgeHere>>(const Target&)>;

struct VerifyOptions {
  fs::path data;               // DataFolder()
  std::optional<Stage> stage;  // else that of each result
};

struct VerifyReport {
  std::string name;       // of the result: FoundResult::name()
  bool exported = false;  // FoundResult::exported
  StoredResult recorded;  // as far as it could be read
  // Judged now, with fresh secrets; nullopt where it was not. With all that may
  // be stored, but for an export: its kernel's file is no source of that id.
  std::optional<StoredResult> today;
  Comparison comparison;
  std::string conclusion;  // one sentence for people
  // On the same kind of machine a slower result is measured once more, and
  // counts if it is slower again; this is the first of the two.
  std::optional<Evaluation> first;

  bool ok() const { return !comparison.failed(); }
};

// A result that cannot be judged is a report that says why, whoever failed. The
// one error: kInterrupted.
Result<VerifyReport> Verify(const FoundResult& found,
                            const VerifyOptions& options,
                            const FindJudge& find_judge,
                            const StopCondition& stop);

}  // namespace kernelevolve
