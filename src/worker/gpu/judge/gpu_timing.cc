#include "worker/gpu/judge/gpu_timing.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <numeric>

#include "base/digest.h"
#include "base/format.h"
#include "worker/gpu/judge/device_verify.h"
#include "worker/gpu/judge/launchers.h"
#include "worker/gpu/judge/panel_check.h"

namespace kernelevolve::worker::gpu {
namespace {

using Steady = std::chrono::steady_clock;

uint64_t SeedOf(const std::string& secret) {
  const Digest digest = Sha256(secret);
  uint64_t seed = 0;
  std::memcpy(&seed, digest.data(), sizeof seed);
  return seed;
}

}  // namespace

GpuTiming::GpuTiming(const Parts& parts, std::string secret,
                     std::string fresh_secret, const CheckSet& checks)
    : parts_(parts), checks_(checks), secret_(secret),
      exact_inputs_(parts.driver, parts.kernels, parts.task, secret),
      fresh_inputs_(parts.driver, parts.kernels, parts.task, fresh_secret),
      random_(SeedOf(fresh_secret)) {}

uint64_t GpuTiming::Flush() const {
  return parts_.task.objective.cold_cache ? parts_.flush_bytes : 0;
}

std::vector<size_t> GpuTiming::MembersFor(const ShapeCase& shape,
                                          const PanelRanking& ranking,
                                          bool whole) const {
  std::vector<size_t> members;
  const auto anchor = ranking.anchors.find(shape.name);
  if (anchor != ranking.anchors.end()) members.push_back(anchor->second);
  if (!whole) return members;
  for (size_t i = 0; i < parts_.panel.size(); ++i)
    if (parts_.panel.Ready(i, shape) && (members.empty() || members[0] != i))
      members.push_back(i);
  return members;
}

Result<PanelRanking> GpuTiming::Rank(const std::vector<ShapeCase>& shapes) {
  PanelRanking ranking;
  constexpr int kCalls = 5;
  for (const ShapeCase& shape : shapes) {
    parts_.memory.Place(parts_.task, shape, PlacementRule::kAligned256, 0);
    const InputCase exact{shape, InputFamily::kDeclared, 2001};
    RETURN_IF_ERROR(exact_inputs_.Write(exact, /*constants=*/true, parts_.memory));
    ASSIGN_OR_RETURN(const DeviceAnswer* answer,
                     parts_.oracle.Answer(exact, secret_, parts_.memory));
    RETURN_IF_ERROR(CheckPanel({parts_.kernels, parts_.task, parts_.memory,
                                parts_.panel}, shape, *answer));
    double best = 0;
    for (size_t i = 0; i < parts_.panel.size(); ++i) {
      if (!parts_.panel.Ready(i, shape)) continue;
      std::vector<double> times;
      for (int call = 0; call < kCalls; ++call) {
        ASSIGN_OR_RETURN(const double time,
                         parts_.panel.Time(i, shape, Flush(), false, parts_.memory));
        times.push_back(time);
      }
      std::sort(times.begin(), times.end());
      if (best > 0 && times[kCalls / 2] >= best) continue;
      best = times[kCalls / 2];
      ranking.anchors[shape.name] = i;
    }
    if (best == 0)
      return Broken(format("no baseline runs at shape {}", shape.name));
  }
  return ranking;
}

QuietParts GpuTiming::ForQuiet() const {
  return {parts_.driver, parts_.kernels, parts_.task, parts_.memory,
          parts_.panel, *parts_.outside, Flush()};
}

Status GpuTiming::Quiet(const std::vector<ShapeCase>& shapes,
                        const PanelRanking& ranking) {
  QuietRecord record;
  for (const ShapeCase& shape : shapes) {
    parts_.memory.Place(parts_.task, shape, PlacementRule::kAligned256, 0);
    RETURN_IF_ERROR(exact_inputs_.Write({shape, InputFamily::kDeclared, 2001},
                                        /*constants=*/true, parts_.memory));
    ASSIGN_OR_RETURN(record[shape.name],
                     MeasureQuiet(ForQuiet(), shape, ranking.anchors.at(shape.name)));
  }
  *parts_.quiet = std::move(record);
  return {};
}

Verdictless GpuTiming::Run(const PlannedKernel& kernel,
                           const PanelRanking& ranking,
                           const std::vector<ShapeCase>& shapes, Stage stage,
                           Evaluation* evaluation, Evidence* evidence) {
  evidence_ = evidence;
  shapes_ = shapes;
  times_.assign(shapes_.size(), {});
  for (size_t i = 0; i < shapes_.size(); ++i) {
    times_[i].weight = shapes_[i].weight;
    times_[i].floor_us = ImpossibleBelowUs(parts_.task, shapes_[i], parts_.roofs);
  }
  const measure::TimingPlan plan = measure::GpuTimingPlan(stage);
  for (int round = 0; round < plan.processes; ++round) {
    if (plan.processes > 1) parts_.processes.Retire(0);  // a fresh process
    RETURN_IF_FAILED(Round(kernel, ranking, plan));
  }
  const TimedShapes timed = Timed();
  if (checks_.on(Check::kSpeedOfLight))
    if (auto failure = CheckPhysics(timed)) return failure;
  ReportTimes(timed, evaluation);
  NoteBimodality(timed, evaluation);
  NoteHow(evaluation);
  if (checks_.on(Check::kFlushProof) && Flush() > 0 && parts_.roofs.cold_to_hot < 1.2)
    evaluation->notes.push_back(format(
        "the cache flush could not be shown to work here (cold/hot {:.2f})",
        parts_.roofs.cold_to_hot));
  return std::nullopt;
}

void GpuTiming::NoteHow(Evaluation* evaluation) const {
  auto& notes = evaluation->notes;
  if (!parts_.outside && !no_graph_.empty())
    notes.push_back("launched step by step, not as one graph, so the time holds "
                    "the launches (" + no_graph_ + ")");
  if (!parts_.outside) return;
  notes.push_back(no_graph_.empty()
                      ? "tier H: its process captured the host code in a CUDA "
                        "graph, which it replays"
                      : "tier H: its host code runs in every call (not captured "
                        "in a graph: " + no_graph_ + ")");
  notes.push_back(format(
      "tier H: timed by the judge's clock, from before the inputs are there until "
      "the outputs have been read, less the {:.1f} us that an empty call takes "
      "({:.1f} us of them between request and reply); the time holds what the host "
      "does to launch", parts_.outside->empty_us(), parts_.outside->asking_us()));
}

TimedShapes GpuTiming::Timed() const {
  TimedShapes timed{shapes_, times_, {}, {}};
  for (size_t i = 0; i < parts_.panel.size(); ++i)
    timed.panel.push_back(parts_.panel.name(i));
  for (const ShapeCase& shape : shapes_)
    timed.bounds_us.push_back(SpeedOfLightUs(parts_.task, shape, parts_.roofs));
  return timed;
}

Verdictless GpuTiming::Round(const PlannedKernel& kernel,
                             const PanelRanking& ranking,
                             const measure::TimingPlan& plan) {
  ASSIGN_OR_RETURN(KernelProcess* process,
                   parts_.processes.For(0, parts_.memory));
  World world;
  // As the panel's memory lies: at 64 bytes alone a streaming kernel touches one
  // line more per request and loses 2 to 5 % to its equal.
  world.placement = PlacementRule::kAligned256;
  world.poison_seed = random_.Next();
  GpuSession session({parts_.driver, parts_.kernels, parts_.task, parts_.memory,
                      *process}, world);
  for (size_t i = 0; i < shapes_.size(); ++i)
    RETURN_IF_FAILED(MeasureQuietly(
        session, kernel, i, MembersFor(shapes_[i], ranking, plan.whole_panel), plan));
  return std::nullopt;
}

Verdictless GpuTiming::WarmUp(GpuSession& session, const PlannedKernel& kernel,
                              const ShapeCase& shape,
                              const std::vector<size_t>& members) {
  const ShapePlan* plan = kernel.For(shape);
  if (!plan) return Broken("no plan was recorded for " + shape.name);
  session.Place(shape, plan->workspace_bytes);
  // Where the panel's graphs read and write: they were captured there.
  parts_.memory.PlaceForPanel(parts_.task, shape);
  const InputCase exact{shape, InputFamily::kDeclared, 2000};
  RETURN_IF_ERROR(exact_inputs_.Write(exact, /*constants=*/true, parts_.memory));
  ASSIGN_OR_RETURN(const DeviceAnswer* answer,
                   parts_.oracle.Answer(exact, secret_, parts_.memory));
  RETURN_IF_FAILED(session.BindInPlace(shape, *plan, kernel.plan));
  for (int call = 0; call < 2; ++call) {
    RETURN_IF_ERROR(session.Poison(random_.Next()));
    double ignored = 0;
    RETURN_IF_FAILED(TimeCall(session.process(), Flush(),
                              GpuCallLimit(parts_.task, shape), &ignored));
    ++evidence_->calls;
  }
  for (const size_t member : members) {
    ASSIGN_OR_RETURN(const double ignored,
                     parts_.panel.Time(member, shape, Flush(), false, parts_.memory));
    (void)ignored;
  }
  if (!checks_.on(Check::kTimedCompare)) return std::nullopt;
  Circumstances where;
  where.input_case = exact;
  where.during = ", in a timed call";
  return VerifyOnDevice({parts_.driver, parts_.kernels, parts_.task, session,
                         *answer}, checks_, where, evidence_);
}

Verdictless GpuTiming::MeasureQuietly(GpuSession& session,
                                      const PlannedKernel& kernel, size_t index,
                                      const std::vector<size_t>& members,
                                      const measure::TimingPlan& plan) {
  const ShapeCase& shape = shapes_[index];
  if (members.empty()) return Broken("no baseline runs at shape " + shape.name);
  measure::ProcessTimes times;
  RETURN_IF_FAILED(MeasureShape(session, kernel, index, members, plan, &times));
  if (parts_.outside) {
    const QuietTimes quiet = parts_.quiet->at(shape.name);
    const auto beside = [&]() -> QuietTimes {
      return {MedianOf(times.baselines_us[members[0]]),
              parts_.outside->beside_us()};
    };
    if (IsDisturbed(quiet, beside()))
      RETURN_IF_FAILED(MeasureShape(session, kernel, index, members, plan, &times));
    if (const QuietTimes found = beside(); IsDisturbed(quiet, found)) {
      for (const int world : {0, 1}) parts_.processes.Retire(world);
      ASSIGN_OR_RETURN(const QuietTimes alone,
                       MeasureQuiet(ForQuiet(), shape, members[0]));
      return ExplainDisturbance(shape.name, quiet, found, alone);
    }
  }
  times_[index].processes.push_back(std::move(times));
  return CheckClaims(shape);
}

Verdictless GpuTiming::MeasureShape(GpuSession& session,
                                    const PlannedKernel& kernel, size_t index,
                                    const std::vector<size_t>& members,
                                    const measure::TimingPlan& plan,
                                    measure::ProcessTimes* times) {
  const ShapeCase& shape = shapes_[index];
  RETURN_IF_FAILED(WarmUp(session, kernel, shape, members));
  if (!session.no_graph().empty()) no_graph_ = session.no_graph();
  *times = {};
  times->baselines_us.resize(parts_.panel.size());
  const measure::PrecisionStop rule(plan.precision);
  const auto start = Steady::now();
  claims_us_.clear();
  ours_us_.clear();
  if (parts_.outside)
    RETURN_IF_ERROR(parts_.outside->Start(
        session, Flush(), parts_.quiet->at(shape.name).empty_us));
  std::vector<size_t> order(members.size() + 1);
  std::iota(order.begin(), order.end(), 0);
  for (size_t block = 0; block < plan.max_blocks; ++block) {
    std::vector<double> sums(order.size(), 0);
    random_.Shuffle(order);
    RETURN_IF_FAILED(Half(session, shape, members, order, &sums));
    std::reverse(order.begin(), order.end());
    RETURN_IF_FAILED(Half(session, shape, members, order, &sums));
    times->candidate_us.push_back(sums[0] / 2);
    for (size_t i = 0; i < members.size(); ++i)
      times->baselines_us[members[i]].push_back(sums[i + 1] / 2);
    const double elapsed =
        std::chrono::duration<double>(Steady::now() - start).count();
    if (block + 1 >= plan.precision.min_blocks &&
        rule.Check(measure::BlockLogRatios(*times, members[0]), elapsed) !=
            measure::StopReason::kContinue)
      break;
  }
  return std::nullopt;
}

Verdictless GpuTiming::Half(GpuSession& session, const ShapeCase& shape,
                            const std::vector<size_t>& members,
                            const std::vector<size_t>& order,
                            std::vector<double>* sums) {
  if (!parts_.outside) RETURN_IF_ERROR(Fresh(shape));
  RETURN_IF_ERROR(session.Poison(random_.Next()));
  bool answered = false;  // the first member has seen the candidate's inputs
  for (const size_t side : order) {
    double time = 0;
    if (side == 0) {
      RETURN_IF_FAILED(TimeCandidate(session, shape, &time));
      evidence_->kernel_ms += time * 1e-3;
      answered = answered && !parts_.outside;
    } else {
      answered = answered || side == 1;
      ASSIGN_OR_RETURN(time,
                       parts_.panel.Time(members[side - 1], shape, Flush(),
                                         /*keep_outputs=*/side == 1,
                                         parts_.memory));
    }
    (*sums)[side] += time;
  }
  ++evidence_->calls;
  if (!checks_.on(Check::kTimedCompare)) return std::nullopt;
  if (!answered)
    RETURN_IF_ERROR(parts_.panel.Time(members[0], shape, 0, true, parts_.memory));
  RETURN_IF_FAILED(CompareWithPanel(session, shape));
  return CheckStill(session, shape);
}

Status GpuTiming::Fresh(const ShapeCase& shape) {
  return fresh_inputs_.Write({shape, InputFamily::kDeclared, ++fresh_trial_},
                             /*constants=*/false, parts_.memory);
}

Verdictless GpuTiming::TimeCandidate(GpuSession& session, const ShapeCase& shape,
                                     double* time) {
  const auto limit = GpuCallLimit(parts_.task, shape);
  if (!parts_.outside) return TimeCall(session.process(), Flush(), limit, time);
  RETURN_IF_FAILED(parts_.outside->Time(
      session, [&] { return Fresh(shape); }, limit, &last_));
  claims_us_.push_back(last_.claim_us);
  ours_us_.push_back(last_.us);
  *time = last_.us;
  return std::nullopt;
}

Verdictless GpuTiming::CheckStill(GpuSession& session, const ShapeCase& shape) {
  if (!parts_.outside) return std::nullopt;
  ASSIGN_OR_RETURN(const bool intact, session.ShownIntact());
  if (!intact)
    return Failure{Code::kInputMutated,
                   "wrote to an input, which is read-only, in a timed call at shape " +
                       shape.name, "read_only_inputs", ""};
  if (!checks_.on(Check::kLateWrites)) return std::nullopt;
  ASSIGN_OR_RETURN(const uint64_t now, session.Digest());
  if (now == last_.digest) return std::nullopt;
  return Failure{Code::kAsyncEscape,
                 "wrote to its outputs after it had said that it was done, in a "
                 "timed call at shape " + shape.name, "late_writes", ""};
}

Verdictless GpuTiming::CheckClaims(const ShapeCase& shape) const {
  if (!checks_.on(Check::kClockClaim) || !IsFalseClaim(claims_us_, ours_us_))
    return std::nullopt;
  return Failure{Code::kClockTamper,
                 format("its own events say {:.1f} us of a call that took {:.1f} us "
                        "by the judge's clock, at shape {}", claims_us_.back(),
                        ours_us_.back(), shape.name), "clock_claim", ""};
}

Verdictless GpuTiming::CompareWithPanel(GpuSession& session,
                                        const ShapeCase& shape) {
  for (size_t i = 0; i < parts_.task.outputs.size(); ++i) {
    const TensorSpec& spec = parts_.task.outputs[i];
    const int64_t count = ElementCount(spec, shape);
    const CuAddress mine = parts_.memory.outputs[i].payload();
    const CuAddress trusted = parts_.memory.panel_outputs[i].payload();
    DeviceComparison found;
    if (IsFloating(spec.dtype)) {
      Allowance allowance;
      ASSIGN_OR_RETURN(const DeviceKernels::Size size,
                       parts_.kernels.Measure(trusted, spec.dtype, count));
      allowance.scale = size.scale;
      // Both may err, each in its own direction.
      allowance.relative = 2 * DeviceCeiling(parts_.task, spec.dtype);
      allowance.absolute = allowance.relative * allowance.scale;
      ASSIGN_OR_RETURN(found, parts_.kernels.Compare(
          {mine, spec.dtype}, {trusted, spec.dtype}, count, allowance,
          session.PoisonPattern(i), true));
    } else {
      ASSIGN_OR_RETURN(found, parts_.kernels.CompareBits(
          mine, trusted, static_cast<int>(DTypeBytes(spec.dtype)), count,
          session.PoisonPattern(i)));
    }
    evidence_->elements_compared += found.compared;
    if (found.wrong == 0) continue;
    if (found.untouched == found.compared)
      return SkippedCall({Code::kBatchSkip,
                          format("{} was not written in a timed call at shape {}",
                                 spec.name, shape.name), "poison", ""});
    return Failure{Code::kWrongOutput,
                   format("right when checked, but {} of {} elements of {} are "
                          "wrong in a timed call at shape {}", found.wrong,
                          found.compared, spec.name, shape.name),
                   "timed_compare", ""};
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker::gpu
