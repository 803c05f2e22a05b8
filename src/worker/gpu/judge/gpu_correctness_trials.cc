// Trials that name what wrong values betray, on a device.
#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "worker/gpu/judge/gpu_correctness.h"
#include "worker/gpu/judge/late_writes.h"
#include "worker/judge/naming.h"
#include "worker/judge/scalar.h"
#include "worker/judge/settled_answers.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr int kRepeats = 8;
// Of all outputs together; more is not brought to the host.
constexpr uint64_t kMostBytes = 64 << 20;

uint64_t OutputBytes(const TaskMemory& memory) {
  uint64_t bytes = 0;
  for (const Slot& slot : memory.outputs) bytes += slot.bytes;
  return bytes;
}

bool Differ(const Answers& one, const Answers& other, const Task& task) {
  for (size_t i = 0; i < task.outputs.size(); ++i) {
    const DType dtype = task.outputs[i].dtype;
    const auto elements = static_cast<int64_t>(one[i].size()) / DTypeBytes(dtype);
    if (BeyondRounding(dtype, one[i].data(), other[i].data(), elements))
      return true;
  }
  return false;
}

// Whether any element of the outputs is finite.
bool HoldsNumbers(const GpuSession& session, const Task& task) {
  for (size_t i = 0; i < task.outputs.size(); ++i)
    for (int64_t at = 0; at < session.OutputElements(i); ++at)
      if (std::isfinite(LoadScalar(task.outputs[i].dtype, session.Output(i), at)))
        return true;
  return false;
}

Failure Repeated(const Failure& failure) {
  return {Code::kReplay, "returned the output of an earlier call for new inputs. " +
          failure.message, failure.check, ""};
}

bool IsOfValues(const Failure& failure) {
  return failure.check == "compare" || failure.check == "poison" ||
         failure.check == "nonfinite";
}

}  // namespace

Verdictless GpuCorrectness::Rename(GpuSession& session,
                                   const PlannedKernel& kernel,
                                   const Circumstances& where, uint64_t digest,
                                   bool on_device, const Failure& failure) {
  if (!IsOfValues(failure)) return failure;
  // A plan is over when its stream is.
  if (kernel.host && checks_.on(Check::kLateWrites)) {
    ASSIGN_OR_RETURN(const bool late,
                     StillWrites(session.process(), digest, [&] {
                       return DigestNow(session, on_device);
                     }));
    if (late)
      return Failure{Code::kAsyncEscape,
                     "the output was still being written after the call had "
                     "returned. " + failure.message, "late_writes", ""};
  }
  // Nothing but NaN is nobody's memory, unless NameByHistory finds that it is.
  const bool told = failure.check == "compare" ||
                    (failure.check == "nonfinite" && !on_device &&
                     HoldsNumbers(session, parts_.task));
  const bool repeats = std::ranges::find(earlier_, digest) != earlier_.end();
  if (told && repeats) return Repeated(failure);
  if (failed_) failed_->repeats = repeats;
  if (failure.check != "poison" || OutputBytes(parts_.memory) > kMostBytes)
    return failure;
  RETURN_IF_ERROR(session.Download());
  if (!AllUntouched(session, parts_.task)) return failure;
  if (right_shapes_.count(where.input_case.shape.name)) return SkippedCall(failure);
  ASSIGN_OR_RETURN(const bool writes, WritesAtLast(session));
  return writes ? SkippedCall(failure) : failure;
}

Result<bool> GpuCorrectness::WritesAtLast(GpuSession& session) {
  const auto limit = GpuCallLimit(parts_.task, session.shape());
  for (int call = 0; call < kRepeats; ++call) {
    RETURN_IF_ERROR(session.Poison(++poison_));
    double host_ns = 0;
    ASSIGN_OR_RETURN(const auto failed, session.Run(limit, &host_ns));
    if (failed) return false;
    ++evidence_->calls;
    RETURN_IF_ERROR(session.Download());
    if (!AllUntouched(session, parts_.task)) return true;
  }
  return false;
}

Result<uint64_t> GpuCorrectness::DigestNow(GpuSession& session,
                                           bool on_device) const {
  if (on_device) return session.Digest();
  RETURN_IF_ERROR(session.Download());
  return OutputDigest(session, parts_.task);
}

Verdictless GpuCorrectness::NameByTrials(const PlannedKernel& kernel,
                                         const CorrectnessPlan& plan,
                                         const Failure& failure) {
  const double worst = evidence_->worst_share;  // of the case that failed
  auto named = Name(kernel, plan, failure);
  evidence_->worst_share = worst;
  return named;
}

Verdictless GpuCorrectness::Name(const PlannedKernel& kernel,
                                 const CorrectnessPlan& plan,
                                 const Failure& failure) {
  if (failure.code == Code::kShapeOverfit) return NameByListed(kernel, plan, failure);
  if (HasWrongValues(failure)) {
    if (failure.code == Code::kInputOverfit) return NameByHistory(kernel, failure);
    if (failure.code == Code::kNonfinite) {
      auto named = NameByHistory(kernel, failure);
      if (!named || (*named)->code != Code::kNonfinite) return named;
      return NameByPlainValues(kernel, failure);
    }
  }
  if (failure.code != Code::kWrongOutput && failure.code != Code::kPrecision)
    return failure;
  ASSIGN_OR_RETURN(const bool branches, BehavesWatched(kernel));
  if (branches) return BranchesByPhase(failure);
  if (failure.code != Code::kWrongOutput) return failure;
  // Host code may answer differently for reasons of its own.
  if (!kernel.host) {
    ASSIGN_OR_RETURN(const bool differ, AnswersDiffer(kernel, kRepeats));
    if (differ) return Raced(failure, kRepeats);
  }
  // Sorted values are drawn on the host, so for small shapes.
  if (!parts_.oracle.has_host() || plan.held_out.empty()) return failure;
  const auto trial = [&](const InputCase& input_case) -> Verdictless {
    ASSIGN_OR_RETURN(KernelProcess* process,
                     parts_.processes.For(0, parts_.memory));
    return Trial(*process, kernel, input_case, /*listed=*/false);
  };
  const InputCase small{plan.held_out[0], InputFamily::kDeclared, 0};
  ASSIGN_OR_RETURN(const auto wrong, trial(small));
  return wrong ? NameByOrder(failure, small, checks_, trial) : failure;
}

Verdictless GpuCorrectness::NameByHistory(const PlannedKernel& kernel,
                                          const Failure& failure) {
  ASSIGN_OR_RETURN(const auto wrong, FailsAfresh(kernel));
  // Who reads before it is written what another block writes finds NaN there.
  if (!kernel.host && (!wrong || failure.code == Code::kNonfinite)) {
    ASSIGN_OR_RETURN(const bool differ, AnswersDiffer(kernel, kRepeats));
    if (differ) return Raced(failure, kRepeats);
  }
  if (wrong) return failure;  // it is the values
  if (failed_->repeats) return Repeated(failure);
  return Failure{Code::kWrongOutput,
                 "right in a fresh process, and wrong after other calls: " +
                     failure.message, failure.check, failure.log};
}

Verdictless GpuCorrectness::NameByListed(const PlannedKernel& kernel,
                                         const CorrectnessPlan& plan,
                                         const Failure& failure) {
  if (plan.listed.empty()) return failure;
  return NameByTrial(kernel, {{plan.listed[0], InputFamily::kDeclared, 0}, true},
                     "at a listed shape", failure);
}

Verdictless GpuCorrectness::NameByPlainValues(const PlannedKernel& kernel,
                                              const Failure& failure) {
  Failed plain = *failed_;
  if (plain.input_case.family == InputFamily::kDeclared) return failure;
  plain.input_case.family = InputFamily::kDeclared;
  return NameByTrial(kernel, plain, "with plain values", failure);
}

Verdictless GpuCorrectness::NameByTrial(const PlannedKernel& kernel,
                                        const Failed& tried,
                                        const std::string& which,
                                        const Failure& failure) {
  ASSIGN_OR_RETURN(KernelProcess* process, parts_.processes.For(0, parts_.memory));
  ASSIGN_OR_RETURN(const auto wrong,
                   Trial(*process, kernel, tried.input_case, tried.listed));
  if (!wrong || wrong->check != "compare") return failure;
  const bool later = right_shapes_.count(tried.input_case.shape.name) > 0;
  return Failure{Code::kWrongOutput,
                 format("{} {} as well: {}. {}",
                        later ? "right at first and wrong later," : "wrong", which,
                        wrong->message, failure.message),
                 failure.check, failure.log};
}

Verdictless GpuCorrectness::Trial(KernelProcess& process,
                                  const PlannedKernel& kernel,
                                  const InputCase& input_case, bool listed) {
  GpuSession session({parts_.driver, parts_.kernels, parts_.task, parts_.memory,
                      process}, FirstWorldRules());
  Circumstances where;
  where.input_case = input_case;
  uint64_t ignored = 0;
  return TryWhere(session, kernel, where, listed, {}, &ignored);
}

Verdictless GpuCorrectness::CallsAt(const PlannedKernel& kernel, const Row& row,
                                    Evidence* evidence) {
  evidence_ = evidence;
  ASSIGN_OR_RETURN(KernelProcess* process, parts_.processes.For(1, parts_.memory));
  GpuSession session({parts_.driver, parts_.kernels, parts_.task, parts_.memory,
                      *process}, FirstWorldRules());
  Circumstances where;
  uint64_t ignored = 0;
  for (int call = 0; call < row.calls; ++call) {
    where.input_case = {row.shape, InputFamily::kDeclared, call % row.values};
    const Manner manner{.bind = call == 0};
    RETURN_IF_FAILED(TryWhere(session, kernel, where, row.listed, manner, &ignored));
  }
  return std::nullopt;
}

Result<bool> GpuCorrectness::BehavesWatched(const PlannedKernel& kernel) {
  ASSIGN_OR_RETURN(KernelProcess* watched,
                   parts_.processes.Watched(parts_.memory));
  if (!watched) return false;
  ASSIGN_OR_RETURN(const auto wrong, Trial(*watched, kernel, failed_->input_case,
                                           failed_->listed));
  if (wrong) return false;
  // Wrong now and then, perhaps.
  ASSIGN_OR_RETURN(const auto again, FailsAfresh(kernel));
  return again.has_value();
}

Verdictless GpuCorrectness::LikeAtFirst(const PlannedKernel& kernel) {
  if (!checks_.on(Check::kCallSweep)) return std::nullopt;
  const auto same = [&](const Seen& one) {
    const InputCase& seen = one.where.input_case;
    return !one.listed && seen.shape.name == probe_.name &&
           seen.family == InputFamily::kDeclared && seen.trial == 0;
  };
  const auto first = std::ranges::find_if(seen_, same);
  if (first == seen_.end()) return std::nullopt;
  Circumstances where = first->where;
  where.right_before = where.listed_shape = true;  // proven by then
  where.during = ", asked for once more after many other calls";
  std::optional<GpuSession> session;
  const auto call = [&](Answered* answered) -> Verdictless {
    const bool bind = !session;
    if (bind) {
      ASSIGN_OR_RETURN(KernelProcess* process,
                       parts_.processes.For(0, parts_.memory));
      session.emplace(GpuSession::Parts{parts_.driver, parts_.kernels, parts_.task,
                                        parts_.memory, *process}, FirstWorldRules());
    }
    RETURN_IF_FAILED(Try(*session, kernel, where, /*listed=*/false, {.bind = bind}));
    *answered = {seen_.back().digest, AnswersOf(*session, parts_.task)};
    seen_.pop_back();
    return std::nullopt;
  };
  const auto wear = [&]() -> Verdictless {
    Answered ignored;
    RETURN_IF_FAILED(call(&ignored));
    double host_ns = 0;
    for (int i = 0; i < kWearingCalls; ++i)
      RETURN_IF_FAILED(session->Run(GpuCallLimit(parts_.task, session->shape()), &host_ns));
    return std::nullopt;
  };
  const auto restart = [&]() -> Verdictless {
    session.reset();
    parts_.processes.Retire(0);
    return std::nullopt;
  };
  return HoldToFirst(parts_.task, {first->digest, wear, call, restart});
}

Verdictless GpuCorrectness::FailsAfresh(const PlannedKernel& kernel) {
  parts_.processes.Retire(0);
  ASSIGN_OR_RETURN(KernelProcess* fresh, parts_.processes.For(0, parts_.memory));
  return Trial(*fresh, kernel, failed_->input_case, failed_->listed);
}

Result<bool> GpuCorrectness::AnswersDiffer(const PlannedKernel& kernel,
                                           int repeats) {
  const ShapePlan* plan = kernel.For(failed_->input_case.shape);
  if (!plan) return false;
  ASSIGN_OR_RETURN(KernelProcess* process,
                   parts_.processes.For(0, parts_.memory));
  GpuSession session({parts_.driver, parts_.kernels, parts_.task, parts_.memory,
                      *process}, FirstWorldRules());
  session.Place(failed_->input_case.shape, plan->workspace_bytes);
  if (OutputBytes(parts_.memory) > kMostBytes) return false;
  RETURN_IF_ERROR(inputs_.Write(failed_->input_case, /*constants=*/true, parts_.memory));
  ASSIGN_OR_RETURN(const auto unbound,
                   session.BindInPlace(failed_->input_case.shape, *plan, kernel.plan));
  if (unbound) return false;
  const uint64_t poison = ++poison_;  // the same each time
  Answers first;
  for (int call = 0; call < repeats; ++call) {
    RETURN_IF_ERROR(session.Poison(poison));
    double host_ns = 0;
    ASSIGN_OR_RETURN(const auto failed,
                     session.Run(GpuCallLimit(parts_.task, failed_->input_case.shape),
                                 &host_ns));
    if (failed) return false;
    ++evidence_->calls;
    RETURN_IF_ERROR(session.Download());
    Answers now = AnswersOf(session, parts_.task);
    if (call > 0 && Differ(first, now, parts_.task)) return true;
    if (call == 0) first = std::move(now);
  }
  return false;
}

}  // namespace kernelevolve::worker::gpu
