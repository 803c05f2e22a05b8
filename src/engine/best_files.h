// BestFiles: best/kernel.* and best/result.json in the run's folder, so that
// the best so far is there whatever happens to the process.
#pragma once

#include <string>

#include "core/node.h"
#include "core/target.h"
#include "engine/work_dir.h"

namespace kernelevolve {

class BestFiles {
 public:
  BestFiles(WorkDir work_dir, const Target& target)
      : work_dir_(std::move(work_dir)), target_(target) {}

  fs::path kernel() const {
    return work_dir_.best_kernel(target_.compile.extension);
  }
  // `evaluation` is of the latest stage the node has been through.
  Status Write(const Node& node, const Evaluation& evaluation) const;
  // For a run whose best was rejected after all.
  Status Remove() const;

 private:
  const WorkDir work_dir_;
  const Target target_;
};

}  // namespace kernelevolve
