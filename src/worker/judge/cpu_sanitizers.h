// Gate G5 on a CPU: the kernel, compiled once more with AddressSanitizer, and where
// it starts threads with ThreadSanitizer, into a program that calls it at small
// shapes and at the smallest listed one (runners/cpp/sanitized_main.cc).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "worker/build/builder.h"
#include "worker/judge/checks.h"
#include "worker/judge/correctness.h"
#include "worker/judge/machine.h"

namespace kernelevolve::worker {

struct SanitizedKernel {
  const Machine& machine;
  const Task& task;
  const BuildRequest& build;  // what `library` was made from
  const fs::path& library;
  const CorrectnessPlan& plan;
  const std::string& secret;
  Stage stage;
};

// How a rule compiles such a program; none where its compiler is not known to.
// `sanitizer` is "address" or "thread".
std::optional<CompileRule> SanitizedRule(const CompileRule& rule,
                                         const std::string& sanitizer);

// OOB or RACE, if a tool that is on has found that. A tool that cannot watch it is a
// note, and no verdict. One thread.
std::optional<Failure> RunCpuSanitizers(const SanitizedKernel& kernel, Oracle& oracle,
                                        const CheckSet& checks,
                                        std::vector<std::string>* notes);

}  // namespace kernelevolve::worker
