// What a kernel answers to one call again and again. The judge of a CPU and that of a
// device ask alike; how a call is made is theirs.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "worker/judge/call_outputs.h"
#include "worker/run/failure.h"

namespace kernelevolve {
struct Task;
}

namespace kernelevolve::worker {

// The outputs of one call, raw, as the task lists them.
using Answers = std::vector<std::vector<uint8_t>>;

Answers AnswersOf(const CallOutputs& outputs, const Task& task);

struct Answered {
  uint64_t digest = 0;
  Answers outputs;
};

// One more call, on the same inputs each time. What is wrong with it, if anything.
using AnswerTrial = std::function<Verdictless(Answered*)>;

struct SettledTrials {
  uint64_t first = 0;  // the digest of what the kernel answered at first
  std::function<Verdictless()> wear;  // many calls, after which nothing is prepared anew
  AnswerTrial call;
  std::function<Verdictless()> restart;  // from then on in a fresh process
};

// The calls that wear a kernel: it may count from its last preparation.
inline constexpr int kWearingCalls = 96;

// PHASE_BRANCH where a kernel gives always the same bits in a fresh process, always the
// same after many calls, and the two are farther apart than rounding makes them: it has
// become another one, though both are within the bound, which in few bits is wide. Of
// outputs of 16 bits alone: sums in another order, as an honest kernel's that
// has found out which of its variants is faster, do not show there.
Verdictless HoldToFirst(const Task& task, const SettledTrials& trials);

}  // namespace kernelevolve::worker
