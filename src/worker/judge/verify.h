// The outputs of one call, looked at: comparison turned into a failure with the
// right name.
#pragma once

#include "worker/judge/call_outputs.h"
#include "worker/judge/checks.h"
#include "worker/judge/comparison.h"
#include "worker/judge/input_case.h"
#include "worker/run/failure.h"
#include "worker/run/runner_process.h"

namespace kernelevolve::worker {

// What had been established before this call, which decides how a failure is
// called.
struct Circumstances {
  InputCase input_case;
  bool listed_shape = true;
  bool right_before = false;  // the listed shapes with declared values passed
  std::string during = "";    // ", in the second world", …
};

struct Evidence {
  int64_t calls = 0;
  int64_t elements_compared = 0;
  double worst_share = 0;      // largest error / allowance
  bool nondeterministic = false;
  // Of two references that differ over NaN and infinities either was as good.
  bool references_differ = false;
  double kernel_ms = 0;        // inside the kernel, all calls
};

// Bits of every output together, for equality between calls.
uint64_t OutputDigest(const CallOutputs& outputs, const Task& task);

// True if no element of any output was written.
bool AllUntouched(const CallOutputs& outputs, const Task& task);

// What to say of a call that left alone what an earlier one had written.
Failure SkippedCall(const Failure& failure);

// What is wrong with how a call ended, checked or timed: said to be done too
// soon, or another floating-point environment than before.
std::optional<Failure> JudgeReport(const CallReport& report,
                                   const CheckSet& checks);

// One output's comparison turned into a failure, if it is one.
std::optional<Failure> JudgeComparison(const Comparison& comparison,
                                       const ExpectedOutput& expected,
                                       const std::string& output,
                                       const CheckSet& checks,
                                       const Circumstances& where);

// Compares every element of every output; nullopt if all are right.
std::optional<Failure> VerifyOutputs(const CallOutputs& outputs, const Task& task,
                                     const Expected& expected,
                                     const CheckSet& checks,
                                     const Circumstances& circumstances,
                                     Evidence* evidence);

}  // namespace kernelevolve::worker
