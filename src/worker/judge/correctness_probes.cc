// What shows only over several calls: memory that grows, answers that are
// remembered, and what a kernel keeps for calls that follow each other quickly.
#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "base/format.h"
#include "base/random.h"
#include "worker/judge/correctness.h"
#include "worker/judge/nudges.h"
#include "worker/judge/settled_answers.h"

namespace kernelevolve::worker {
namespace {

// What outputs hold before a call of a long row, if not poison alone.
enum : uint64_t { kOldContents, kOldButForAFew, kAnswerButForAFew, kZerosButForAFew };

// Of a row of calls at one shape.
InputCase RowCase(const CorrectnessPlan& plan, int call) {
  return {plan.probe(), InputFamily::kDeclared, 1000 + call};
}

}  // namespace

Verdictless CorrectnessRun::CallSweep(Session& session,
                                      const CorrectnessPlan& plan) {
  const ShapeCase& shape = plan.probe();
  Circumstances where;
  where.right_before = true;
  uint64_t resident_early = 0;
  growth_ = {};
  row_calls_ = 0;
  // Exact answers for the first calls and the last; between them fresh inputs
  // whose answers nobody computes, which the kernel cannot know.
  for (int call = 0; call < plan.sweep_calls; ++call) {
    where.input_case = RowCase(plan, call);
    where.during = format(", call {} of a row", call + 1);
    const bool checked =
        call < plan.rows.values || call + 1 == plan.sweep_calls;
    if (checked) {
      auto outcome = Try(session, where, /*bind=*/call == 0);
      if (outcome && *outcome && (*outcome)->code == Code::kReplay)
        (*outcome)->check = "call_sweep";
      RETURN_IF_FAILED(std::move(outcome));
      seen_.pop_back();
    } else {
      session.WriteInputs(generator_.Draw(where.input_case));
      session.Poison(++poison_);
      CallReport report;
      RETURN_IF_FAILED(session.Run(CallLimit(task_, shape), &report));
      if (auto failure = JudgeReport(report, checks_)) return *failure;
    }
    NoteUse(session);
    if (call == 3) {
      ASSIGN_OR_RETURN(resident_early, session.process().ResidentBytes());
    }
  }
  ASSIGN_OR_RETURN(const uint64_t resident, session.process().ResidentBytes());
  const uint64_t allowed = resident_early + (1u << 20) +
                           static_cast<uint64_t>(plan.sweep_calls) * 1024;
  if (checks_.on(Check::kGrowth) && plan.sweep_calls > 4 && resident > allowed)
    return Failure{Code::kResource,
                   format("memory grew from {} to {} KiB over {} calls of the same "
                          "shape", resident_early >> 10, resident >> 10,
                          plan.sweep_calls), "growth", ""};
  return std::nullopt;
}

Verdictless CorrectnessRun::LongRow(Session& session, const CorrectnessPlan& plan) {
  // As many as a kernel cannot help, and more while they are quick.
  constexpr auto kEnough = std::chrono::milliseconds(20),
                 kTooMuch = std::chrono::milliseconds(1000);
  if (plan.held_out.empty()) return std::nullopt;  // the probe may be of any size
  std::vector<std::optional<InputSet>> values(static_cast<size_t>(plan.rows.values));
  Random random(plan.rows.seed);
  size_t which = 0;  // of `values`
  Circumstances where;
  where.right_before = true;
  const auto start = std::chrono::steady_clock::now();
  for (int call = 0; call < plan.rows.most; ++call) {
    const auto passed = std::chrono::steady_clock::now() - start;
    if (passed > kTooMuch || (passed > kEnough && call >= plan.rows.fewest)) break;
    // Half of the outputs are as a program has them that uses its buffers again, or
    // for the first time. Which, a kernel cannot know: nor that they are the answer.
    const uint64_t before = random.Below(8);
    if (before != kAnswerButForAFew)  // else the one that stands there
      which = random.Below(values.size());
    where.input_case = RowCase(plan, static_cast<int>(which));
    where.during = format(", call {} of a row", plan.sweep_calls + call + 1);
    if (!values[which]) values[which] = generator_.Draw(where.input_case);
    switch (before) {
      case kOldContents: break;
      case kOldButForAFew:
      case kAnswerButForAFew: session.PoisonSome(++poison_); break;
      case kZerosButForAFew:
        session.PoisonSome(++poison_, Session::Beside::kZeros);
        break;
      default: session.Poison(++poison_);
    }
    RETURN_IF_FAILED(RowCall(session, where, *values[which]));
  }
  where.during = ", after many calls of a row";
  return UnseenCalls(session, plan, where);
}

Verdictless CorrectnessRun::RowCall(Session& session, const Circumstances& where,
                                    const InputSet& inputs) {
  ASSIGN_OR_RETURN(const auto expected,
                   oracle_.Answer(where.input_case, inputs, secret_));
  session.WriteInputs(inputs);
  CallReport report;
  RETURN_IF_FAILED(
      session.Run(CallLimit(task_, where.input_case.shape), &report));
  NoteUse(session);
  auto outcome = CheckCall(session, where, *expected, report);
  if (outcome && *outcome) failed_ = where;
  if (outcome && *outcome && (*outcome)->code == Code::kReplay)
    (*outcome)->check = "call_sweep";
  return outcome;
}

Verdictless CorrectnessRun::UnseenCalls(Session& session,
                                        const CorrectnessPlan& plan,
                                        Circumstances where) {
  // What the kernel takes: a busy machine takes more, and should count as far.
  constexpr std::chrono::nanoseconds kTooMuch = std::chrono::milliseconds(50);
  std::chrono::nanoseconds taken{0};
  for (int call = 0; call < plan.rows.unseen && taken < kTooMuch; ++call) {
    CallReport report;
    RETURN_IF_FAILED(session.Run(CallLimit(task_, plan.probe()), &report));
    if (auto failure = JudgeReport(report, checks_)) return *failure;
    NoteUse(session);
    taken += report.elapsed;
  }
  // Not the values that all of them had.
  const InputCase first = RowCase(plan, 0);
  where.input_case = where.input_case.trial == first.trial ? RowCase(plan, 1) : first;
  session.Poison(++poison_);
  return RowCall(session, where, generator_.Draw(where.input_case));
}

void CorrectnessRun::NoteUse(Session& session) {
  constexpr int kFirstFew = 10, kOneIn = 2;  // a look takes as long as a short call
  ++row_calls_;
  if (row_calls_ > kFirstFew && row_calls_ % kOneIn != 0) return;
  if (const auto use = ReadProcessUse(session.process().pid()))
    growth_.Note(row_calls_, *use);
}

Verdictless CorrectnessRun::CheckGrowth(Session& session,
                                        const CorrectnessPlan& plan) {
  if (!checks_.on(Check::kGrowth) || !growth_.WhatGrows()) return std::nullopt;
  // What grew by chance stops when there are as many calls again.
  constexpr std::chrono::nanoseconds kTooMuch = std::chrono::milliseconds(500);
  std::chrono::nanoseconds taken{0};
  for (int calls = growth_.calls(); calls > 0 && taken < kTooMuch; --calls) {
    CallReport report;
    RETURN_IF_FAILED(session.Run(CallLimit(task_, plan.probe()), &report));
    NoteUse(session);
    taken += report.elapsed;
  }
  const auto what = growth_.WhatGrows();
  if (!what) return std::nullopt;
  return Failure{Code::kResource, *what, "growth", ""};
}

Verdictless CorrectnessRun::NudgeProbe(Session& session,
                                       const CorrectnessPlan& plan) {
  Circumstances where;
  where.right_before = true;
  where.during = ", after a single element had changed";
  ASSIGN_OR_RETURN(
      const auto cases,
      TellingNudges(task_, plan.probes(), [&](const InputCase& one) {
        return oracle_.Answer(one, generator_.Draw(one), secret_);
      }));
  for (const InputCase& one : cases) {
    where.input_case = one;
    const bool nudged = one.nudged_elements > 0;
    auto outcome = Try(session, where, /*bind=*/!nudged, /*keep_workspace=*/nudged);
    if (!outcome) return outcome;
    if (*outcome && one.IsNudged() && (*outcome)->check == "compare")
      return Failure{Code::kReplay, (*outcome)->message, "nudge", ""};
    if (*outcome) return outcome;
    seen_.pop_back();
  }
  return std::nullopt;
}

Verdictless CorrectnessRun::LikeAtFirst(Session& session, const fs::path& library,
                                        const CorrectnessPlan& plan) {
  const InputCase asked{plan.probe(), InputFamily::kDeclared, 0};
  const auto first = std::ranges::find_if(seen_, [&](const Seen& one) {
    const InputCase& seen = one.where.input_case;
    return seen.shape.name == asked.shape.name && seen.family == asked.family &&
           seen.trial == asked.trial;
  });
  if (first == seen_.end()) return std::nullopt;
  Circumstances where;
  where.right_before = true;
  where.input_case = asked;
  where.during = ", asked for once more after many other calls";
  std::unique_ptr<Session> fresh;
  bool bound = false;
  const auto call = [&](Answered* answered) -> Verdictless {
    Session& used = fresh ? *fresh : session;
    RETURN_IF_FAILED(Try(used, where, /*bind=*/!std::exchange(bound, true)));
    *answered = {seen_.back().digest, AnswersOf(used, task_)};
    seen_.pop_back();
    return std::nullopt;
  };
  const auto wear = [&]() -> Verdictless {
    Answered ignored;
    RETURN_IF_FAILED(call(&ignored));
    CallReport report;
    for (int i = 0; i < kWearingCalls; ++i)
      RETURN_IF_FAILED(session.Run(CallLimit(task_, asked.shape), &report));
    return std::nullopt;
  };
  const auto restart = [&]() -> Verdictless {
    std::optional<Failure> failure;
    ASSIGN_OR_RETURN(fresh, StartSession(library, plan, World{}, &failure));
    bound = false;
    return failure;
  };
  return HoldToFirst(task_, {first->digest, wear, call, restart});
}

Verdictless CorrectnessRun::QuickCalls(Session& session,
                                       const CorrectnessPlan& plan) {
  Circumstances where;
  where.right_before = true;
  where.during = ", in one of many calls in quick succession";
  for (const ShapeCase& shape : plan.quick) {
    where.input_case = {shape, InputFamily::kDeclared, 0};
    auto outcome = CallQuickly(session, where, plan.rows);
    if (outcome && *outcome) failed_ = where;
    RETURN_IF_FAILED(std::move(outcome));
  }
  return std::nullopt;
}

Verdictless CorrectnessRun::CallQuickly(Session& session,
                                        const Circumstances& where,
                                        const CallRows& rows) {
  constexpr auto kEnough = std::chrono::milliseconds(100);
  const InputSet inputs = generator_.Draw(where.input_case);
  ASSIGN_OR_RETURN(const auto expected,
                   oracle_.Answer(where.input_case, inputs, secret_));
  RETURN_IF_FAILED(session.Enter(where.input_case.shape, inputs));
  const auto start = std::chrono::steady_clock::now();
  for (int call = 0; call < rows.quick_most; ++call) {
    if (call >= rows.quick_fewest && std::chrono::steady_clock::now() - start > kEnough)
      break;
    session.Poison(++poison_);
    CallReport report;
    RETURN_IF_FAILED(
        session.Run(CallLimit(task_, where.input_case.shape), &report));
    ++evidence_->calls;
    if (auto failure = JudgeReport(report, checks_)) return *failure;
    if (checks_.on(Check::kCanaries))
      if (const auto broken = session.BrokenCanary())
        return Failure{Code::kOob, "bytes beside " + *broken +
                       " were overwritten" + where.during, "canaries", ""};
  }
  // The last one stands for all: timed calls are compared each.
  if (auto failure =
          VerifyOutputs(session, task_, *expected, checks_, where, evidence_))
    return failure;
  return CallOverAnswer(session, where, *expected);
}

// An output's contents are undefined before a call. They may well be the answer,
// but for a few elements: who looks at some of them and leaves the rest alone has
// not written the others. Nor has who takes calls that change nothing for a timing
// loop, and does a part of each.
Verdictless CorrectnessRun::CallOverAnswer(Session& session,
                                           const Circumstances& where,
                                           const Expected& expected) {
  if (!checks_.on(Check::kPoison)) return std::nullopt;
  Circumstances here = where;
  here.during = ", over an output that held the answer but for a few elements";
  constexpr int kUnchanged = 6;
  for (int call = 0; call <= kUnchanged; ++call) {
    if (call == kUnchanged) session.PoisonSome(++poison_);
    CallReport report;
    RETURN_IF_FAILED(
        session.Run(CallLimit(task_, where.input_case.shape), &report));
    ++evidence_->calls;
    if (auto failure = JudgeReport(report, checks_)) return *failure;
  }
  return VerifyOutputs(session, task_, expected, checks_, here, evidence_);
}

}  // namespace kernelevolve::worker
