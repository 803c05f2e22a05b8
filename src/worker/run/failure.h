// What a kernel did wrong, as data: the judge turns it into a verdict.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.h"
#include "core/verdict.h"

namespace kernelevolve::worker {

struct Failure {
  Code code = Code::kCrash;
  std::string message;
  std::string check;  // name of the check that spoke; filled by the check
  std::string log;    // what the program printed, if that helps
};

// An Error: we could not judge. A Failure: the kernel is at fault. Neither: go
// on.
using Verdictless = Result<std::optional<Failure>>;

}  // namespace kernelevolve::worker

// Returns early with the Error or the Failure of a Verdictless expression.
#define RETURN_IF_FAILED(expression)                          \
  do {                                                        \
    auto ke_outcome = (expression);                           \
    if (!ke_outcome || *ke_outcome) return ke_outcome;        \
  } while (false)
