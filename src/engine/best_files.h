// BestFiles: best/kernel.* and best/result.json in the run's folder, so that
// the best so far is there whatever happens to the process. The latter is a
// StoredResult, which `verify` judges again.
#pragma once

#include <string>

#include "core/node.h"
#include "core/stored_result.h"
#include "core/target_set.h"
#include "engine/work_dir.h"

namespace kernelevolve {

class BestFiles {
 public:
  BestFiles(WorkDir work_dir, TargetSet targets, JudgedTask task)
      : work_dir_(std::move(work_dir)),
        targets_(std::move(targets)),
        task_(std::move(task)) {}

  // Of that language.
  fs::path kernel(const std::string& language) const {
    return work_dir_.best_kernel(targets_.For(language).compile.extension);
  }
  // `evaluation` is of the latest stage the node has been through, by `machine`.
  Status Write(const Node& node, const Evaluation& evaluation,
               const MachineRecord& machine) const;
  // For a run whose best was rejected after all.
  Status Remove() const;

 private:
  Status RemoveKernels(const fs::path& but) const;

  const WorkDir work_dir_;
  const TargetSet targets_;
  const JudgedTask task_;
};

}  // namespace kernelevolve
