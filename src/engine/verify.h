// Verify: an exported kernel judged again, on today's machine and toolchain.
#pragma once

#include <string>

#include "base/file.h"
#include "base/stop.h"
#include "core/evaluation.h"
#include "eval/evaluator.h"

namespace kernelevolve {

struct VerifyReport {
  std::string task, target, candidate_id;
  double recorded_speedup = 0;
  Interval recorded_ci{};
  std::string recorded_device, recorded_toolchain;
  Evaluation evaluation;  // final stage, fresh secret
  // The two intervals do not overlap: the difference is real.
  bool slower_than_recorded = false, faster_than_recorded = false;
  // One sentence for people.
  std::string conclusion;

  bool ok() const { return evaluation.accepted() && !slower_than_recorded; }
};

// The target an exported folder was made for, to start the right workers.
Result<std::string> ExportedTargetName(const fs::path& folder);

// kBadInput: no manifest, or a file of the folder was changed since the export
// (named). The kernel that is judged is the one in the folder.
Result<VerifyReport> VerifyExport(const fs::path& folder, const fs::path& data,
                                  Evaluator& evaluator,
                                  const StopCondition& stop);

}  // namespace kernelevolve
