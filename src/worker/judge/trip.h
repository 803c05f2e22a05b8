// What one evaluation carries along through the gates.
#pragma once

#include <string>

#include "base/file.h"
#include "core/evaluation.h"
#include "worker/judge/checks.h"
#include "worker/judge/judge.h"
#include "worker/judge/verify.h"

namespace kernelevolve::worker {

struct Judge::Trip {
  const wire::EvaluateRequest& request;
  TaskContext& context;
  CheckSet checks;
  std::string secret;
  fs::path library;
  Evidence evidence;
  Evaluation evaluation;
  BuildRequest build = {};  // what the library was made from
};

}  // namespace kernelevolve::worker
