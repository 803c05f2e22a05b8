#include "worker/judge/settled_answers.h"

#include <algorithm>

#include "core/task.h"
#include "worker/judge/naming.h"

namespace kernelevolve::worker {
namespace {

constexpr int kSettledCalls = 8;
// A kernel that changes soon is not steady then.
constexpr int kFreshCalls = 3;
// More than one unit in the last place, whichever way a value is rounded.
constexpr double kShareOfCeiling = 0.5;

bool IsNarrow(DType dtype) { return IsFloating(dtype) && DTypeBytes(dtype) == 2; }

bool IsNarrowTask(const Task& task) {
  return std::ranges::any_of(task.outputs, [](const auto& output) {
    return IsNarrow(output.dtype);
  });
}

// Whether all of `calls` answer alike; the last answer.
Verdictless Repeat(const AnswerTrial& trial, int calls, Answered* last, bool* alike) {
  *alike = true;
  for (int call = 0; call < calls && *alike; ++call) {
    Answered now;
    RETURN_IF_FAILED(trial(&now));
    *alike = call == 0 || now.digest == last->digest;
    *last = std::move(now);
  }
  return std::nullopt;
}

bool AreApart(const Task& task, const Answers& one, const Answers& other) {
  for (size_t i = 0; i < task.outputs.size(); ++i) {
    const DType dtype = task.outputs[i].dtype;
    const auto elements = static_cast<int64_t>(one[i].size()) / DTypeBytes(dtype);
    if (IsNarrow(dtype) && BeyondRounding(dtype, one[i].data(), other[i].data(),
                                          elements, kShareOfCeiling))
      return true;
  }
  return false;
}

}  // namespace

Answers AnswersOf(const CallOutputs& outputs, const Task& task) {
  Answers answers;
  for (size_t i = 0; i < task.outputs.size(); ++i) {
    const auto bytes = static_cast<size_t>(outputs.OutputElements(i) *
                                           DTypeBytes(task.outputs[i].dtype));
    answers.emplace_back(outputs.Output(i), outputs.Output(i) + bytes);
  }
  return answers;
}

Verdictless HoldToFirst(const Task& task, const SettledTrials& trials) {
  if (!IsNarrowTask(task)) return std::nullopt;
  Answered now, fresh;
  bool alike = false;
  RETURN_IF_FAILED(trials.wear());
  RETURN_IF_FAILED(Repeat(trials.call, 1, &now, &alike));
  if (now.digest == trials.first) return std::nullopt;  // as nearly all do
  RETURN_IF_FAILED(Repeat(trials.call, kSettledCalls, &now, &alike));
  if (!alike || now.digest == trials.first) return std::nullopt;
  RETURN_IF_FAILED(trials.restart());
  RETURN_IF_FAILED(Repeat(trials.call, kFreshCalls, &fresh, &alike));
  if (!alike || !AreApart(task, fresh.outputs, now.outputs)) return std::nullopt;
  return Failure{Code::kPhaseBranch,
                 "the same inputs give one answer in a fresh process and another one "
                 "after many calls, each of them always, farther apart than rounding "
                 "makes them: it computes in another way by then", "call_sweep", ""};
}

}  // namespace kernelevolve::worker
