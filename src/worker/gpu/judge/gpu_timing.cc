#include "worker/gpu/judge/gpu_timing.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <numeric>

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"
#include "measure/decision.h"
#include "worker/gpu/judge/device_verify.h"
#include "worker/gpu/judge/late_writes.h"
#include "worker/gpu/judge/launchers.h"
#include "worker/gpu/judge/panel_check.h"
#include "worker/gpu/judge/panel_compare.h"

namespace kernelevolve::worker::gpu {
namespace {

using Steady = std::chrono::steady_clock;

uint64_t SeedOf(const std::string& secret) {
  const Digest digest = Sha256(secret);
  uint64_t seed = 0;
  std::memcpy(&seed, digest.data(), sizeof seed);
  return seed;
}

Failure WroteLate(const ShapeCase& shape) {
  return {Code::kAsyncEscape,
          "wrote to its outputs after it had said that it was done, in a timed call "
          "at shape " + shape.name, "late_writes", ""};
}

}  // namespace

GpuTiming::GpuTiming(const Parts& parts, std::string secret,
                     std::string fresh_secret, const CheckSet& checks)
    : parts_(parts), checks_(checks), secret_(secret),
      exact_inputs_(parts.driver, parts.kernels, parts.task, secret),
      fresh_inputs_(parts.driver, parts.kernels, parts.task, fresh_secret),
      random_(SeedOf(fresh_secret)), watch_(parts.monitor) {}

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

std::string GpuTiming::NoBaseline(const ShapeCase& shape) const {
  std::vector<std::string> why = parts_.panel.notes();
  for (std::string& note : why) note = Sanitize(note, 300);
  return format("no baseline runs at shape {}: {}", shape.name, Join(why, "; "));
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
    if (best == 0) return Broken(NoBaseline(shape));
  }
  return ranking;
}

Verdictless GpuTiming::Run(const PlannedKernel& kernel,
                           const std::vector<ShapeCase>& shapes, Stage stage,
                           PanelRanking* ranking, Evaluation* evaluation,
                           Evidence* evidence) {
  evidence_ = evidence;
  shapes_ = shapes;
  const measure::TimingPlan plan = measure::GpuTimingPlan(stage);
  const int cpu = AllowedCpus().front();
  HostState before = ReadHostState("/", cpu);
  RETURN_IF_FAILED(Measure(kernel, plan, ranking));
  const bool claims = stage != Stage::kSearch;
  if (!watch_.held_back().empty() ||
      (claims && !WhyWorthless(SeeNoise(Timed(), {}, plan.precision)).empty())) {
    before = ReadHostState("/", cpu);
    RETURN_IF_FAILED(Measure(kernel, plan, ranking));
  }
  const TimedShapes timed = Timed();
  if (checks_.on(Check::kSpeedOfLight))
    if (auto failure = CheckPhysics(timed)) return failure;
  const NoiseSeen noise = SeeNoise(timed, {}, plan.precision);
  NoteEnvironment(before, noise, evaluation);
  if (claims && NoteClocks(evaluation)) return std::nullopt;
  ReportTimes(timed, stage, evaluation);
  for (std::string& note : NoiseNotes(timed, stage, noise))
    evaluation->notes.push_back(std::move(note));
  if (const std::string why = WhyWorthless(noise); claims && !why.empty())
    RefuseForNoise(why, evaluation);
  NoteHow(evaluation);
  if (checks_.on(Check::kFlushProof) && Flush() > 0 && parts_.roofs.cold_to_hot < 1.2)
    evaluation->notes.push_back(format(
        "the cache flush could not be shown to work here (cold/hot {:.2f})",
        parts_.roofs.cold_to_hot));
  return std::nullopt;
}

Verdictless GpuTiming::Measure(const PlannedKernel& kernel,
                               const measure::TimingPlan& plan,
                               PanelRanking* ranking) {
  times_.assign(shapes_.size(), {});
  for (size_t i = 0; i < shapes_.size(); ++i) {
    times_[i].weight = shapes_[i].weight;
    times_[i].floor_us = ImpossibleBelowUs(parts_.task, shapes_[i], parts_.roofs);
  }
  watch_.Forget();
  if (plan.processes > 1) watch_.Look();
  for (int round = 0; round < plan.processes; ++round) {
    if (plan.processes > 1) parts_.processes.Retire(0);  // a fresh process
    for (size_t i = 0; i < shapes_.size(); ++i)
      RETURN_IF_FAILED(MeasureShape(kernel, i, plan, ranking));
  }
  return std::nullopt;
}

bool GpuTiming::NoteClocks(Evaluation* evaluation) const {
  const auto notes = watch_.Notes();
  evaluation->notes.insert(evaluation->notes.end(), notes.begin(), notes.end());
  const std::string reason = watch_.held_back();
  if (reason.empty()) return false;
  evaluation->status = VerdictStatus::kInconclusive;
  evaluation->code = Code::kNoisy;
  evaluation->message = "the device was throttled while it was timed, twice: " +
                        reason;
  return true;
}

void GpuTiming::NoteEnvironment(const HostState& before, const NoiseSeen& noise,
                                Evaluation* evaluation) const {
  const int cpu = AllowedCpus().front();
  std::vector<EnvironmentFact>& facts = evaluation->environment;
  facts = HostFacts("/", cpu);
  for (const auto& more :
       {UseFacts(before, ReadHostState("/", cpu)), NoiseFacts(noise),
        watch_.Facts()})
    facts.insert(facts.end(), more.begin(), more.end());
  // PyTorch's process and the kernel's are ours, and live: nobody can tell
  // their work from that of others.
  std::erase_if(facts, [](const EnvironmentFact& fact) {
    return fact.name == "others_cores";
  });
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
  if (parts_.outside->beside_us() > 1.1 * parts_.outside->empty_us())
    notes.push_back(format(
        "tier H: the machine was busier than when it was quiet: an empty call took "
        "{:.1f} us beside the kernel, and its time may hold the difference",
        parts_.outside->beside_us()));
}

TimedShapes GpuTiming::Timed() const {
  TimedShapes timed{shapes_, times_, {}, {}, measure::kGpuMargin};
  for (size_t i = 0; i < parts_.panel.size(); ++i)
    timed.panel.push_back(parts_.panel.name(i));
  for (const ShapeCase& shape : shapes_)
    timed.bounds_us.push_back(SpeedOfLightUs(parts_.task, shape, parts_.roofs));
  return timed;
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
  granted_.clear();
  for (const DeviceAnswer::Output& output : answer->outputs)
    granted_.push_back(output.allowance);
  std::vector<TimeSample> empty;
  if (!parts_.outside)
    RETURN_IF_FAILED(TimeEmptyCalls(session.process(), Flush(), &empty));
  event_claims_.Start(empty);
  RETURN_IF_FAILED(session.BindInPlace(shape, *plan, kernel.plan));
  for (int call = 0; call < 2; ++call) {
    RETURN_IF_ERROR(session.Poison(random_.Next()));
    TimeSample ignored;
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

Verdictless GpuTiming::MeasureShape(const PlannedKernel& kernel, size_t index,
                                    const measure::TimingPlan& plan,
                                    PanelRanking* ranking) {
  measure::ProcessTimes times;
  RETURN_IF_FAILED(MeasureRight(kernel, index, plan, ranking, &times));
  RETURN_IF_FAILED(CheckPanelAlone(kernel, index, plan, ranking, &times));
  RETURN_IF_FAILED(CheckClaims(shapes_[index]));
  if (plan.processes > 1) watch_.Look();  // not while every millisecond counts
  times_[index].processes.push_back(std::move(times));
  return std::nullopt;
}

Verdictless GpuTiming::MeasureRight(const PlannedKernel& kernel, size_t index,
                                    const measure::TimingPlan& plan,
                                    PanelRanking* ranking,
                                    measure::ProcessTimes* times) {
  World world;
  // As the panel's memory lies: at 64 bytes alone a streaming kernel touches one
  // line more per request and loses 2 to 5 % to its equal.
  world.placement = PlacementRule::kAligned256;
  world.poison_seed = random_.Next();
  while (true) {
    ASSIGN_OR_RETURN(KernelProcess* process,
                     parts_.processes.For(0, parts_.memory));
    GpuSession session({parts_.driver, parts_.kernels, parts_.task, parts_.memory,
                        *process}, world);
    const auto members = MembersFor(shapes_[index], *ranking, plan.whole_panel);
    first_is_wrong_ = false;
    RETURN_IF_FAILED(MeasureAgainst(session, kernel, index, members, plan, times));
    if (!first_is_wrong_) return std::nullopt;
    RETURN_IF_ERROR(LeaveOut(members[0], index, ranking));
  }
}

Status GpuTiming::LeaveOut(size_t member, size_t index, PanelRanking* ranking) {
  const ShapeCase& shape = shapes_[index];
  parts_.panel.LeaveOut(member, shape,
                        "in a timed call it did not compute the reference");
  for (measure::ProcessTimes& earlier : times_[index].processes)
    earlier.baselines_us[member].clear();
  if (parts_.outside) RetireAll();
  ASSIGN_OR_RETURN(const PanelRanking others, Rank({shape}));
  ranking->anchors[shape.name] = others.anchors.at(shape.name);
  return parts_.outside ? Quiet({shape}, *ranking) : Status();
}

Verdictless GpuTiming::MeasureAgainst(GpuSession& session,
                                      const PlannedKernel& kernel, size_t index,
                                      const std::vector<size_t>& members,
                                      const measure::TimingPlan& plan,
                                      measure::ProcessTimes* times) {
  const ShapeCase& shape = shapes_[index];
  if (members.empty()) return Broken(NoBaseline(shape));
  RETURN_IF_FAILED(WarmUp(session, kernel, shape, members));
  if (!session.no_graph().empty()) no_graph_ = session.no_graph();
  *times = {};
  times->baselines_us.resize(parts_.panel.size());
  const measure::PrecisionStop rule(plan.precision);
  const auto start = Steady::now();
  claims_us_.clear();
  seen_us_.clear();
  if (parts_.outside)
    RETURN_IF_ERROR(parts_.outside->Start(
        session, Flush(), parts_.quiet->at(shape.name).empty_us));
  std::vector<size_t> order(members.size() + 1);
  std::iota(order.begin(), order.end(), 0);
  for (size_t block = 0; block < plan.max_blocks; ++block) {
    std::vector<double> sums(order.size(), 0);
    random_.Shuffle(order);
    for (int half = 0; half < 2; ++half) {
      RETURN_IF_FAILED(Half(session, shape, members, order, &sums));
      if (first_is_wrong_) return std::nullopt;
      std::reverse(order.begin(), order.end());
    }
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
  ASSIGN_OR_RETURN(const auto wrong, Compare(session, shape));
  if (wrong) return NameLate(session, shape, *wrong);
  return CheckStill(session, shape);
}

Status GpuTiming::Fresh(const ShapeCase& shape) {
  return fresh_inputs_.Write({shape, InputFamily::kDeclared, ++fresh_trial_},
                             /*constants=*/false, parts_.memory);
}

Verdictless GpuTiming::TimeCandidate(GpuSession& session, const ShapeCase& shape,
                                     double* time) {
  const auto limit = GpuCallLimit(parts_.task, shape);
  if (!parts_.outside) {
    if (Flush() == 0) RETURN_IF_FAILED(Warm(session, shape));
    TimeSample sample;
    RETURN_IF_FAILED(TimeCall(session.process(), Flush(), limit, &sample));
    *time = sample.event_us;
    return std::nullopt;
  }
  RETURN_IF_FAILED(parts_.outside->Time(
      session, [&] { return Fresh(shape); }, limit, &last_));
  claims_us_.push_back(last_.claim_us);
  seen_us_.push_back(last_.seen_us);
  *time = last_.us;
  return std::nullopt;
}

Verdictless GpuTiming::Warm(GpuSession& session, const ShapeCase& shape) {
  // Trials of the same draw that are never timed.
  constexpr int64_t kUntimed = int64_t{1} << 32;
  const auto write = [&](int64_t trial) {
    return fresh_inputs_.Write({shape, InputFamily::kDeclared, trial},
                               /*constants=*/false, parts_.memory);
  };
  RETURN_IF_ERROR(write(kUntimed + fresh_trial_));
  double ignored = 0;
  RETURN_IF_FAILED(session.Run(GpuCallLimit(parts_.task, shape), &ignored));
  RETURN_IF_ERROR(write(fresh_trial_));
  RETURN_IF_ERROR(session.Poison(random_.Next()));
  return std::nullopt;
}

Verdictless GpuTiming::NameLate(GpuSession& session, const ShapeCase& shape,
                                const Failure& failure) {
  if (!parts_.outside || !checks_.on(Check::kLateWrites)) return failure;
  ASSIGN_OR_RETURN(const bool late,
                   StillWrites(session.process(), last_.digest,
                               [&] { return session.Digest(); }));
  return late ? WroteLate(shape) : failure;
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
  return WroteLate(shape);
}

Verdictless GpuTiming::CheckEvents(const ShapeCase& shape) {
  ASSIGN_OR_RETURN(KernelProcess* process,
                   parts_.processes.For(0, parts_.memory));
  std::vector<TimeSample> calls;
  RETURN_IF_FAILED(TimeSettledCalls(*process, Flush(),
                                    GpuCallLimit(parts_.task, shape), &calls));
  for (const TimeSample& call : calls) event_claims_.Add(call);
  return event_claims_.Check(shape.name);
}

Verdictless GpuTiming::CheckClaims(const ShapeCase& shape) {
  if (!checks_.on(Check::kClockClaim)) return std::nullopt;
  if (!parts_.outside) return CheckEvents(shape);
  if (!IsFalseClaim(claims_us_, seen_us_)) return std::nullopt;
  return Failure{Code::kClockTamper,
                 format("its own events say {:.1f} us of a call that took {:.1f} us "
                        "by the judge's clock, at shape {}", claims_us_.back(),
                        seen_us_.back(), shape.name), "clock_claim", ""};
}

Verdictless GpuTiming::Compare(GpuSession& session, const ShapeCase& shape) {
  ASSIGN_OR_RETURN(PanelComparison found,
                   CompareWithPanel({parts_.kernels, parts_.task, session,
                                     parts_.oracle, shape, granted_}, evidence_));
  first_is_wrong_ = first_is_wrong_ || found.baseline_wrong;
  return std::move(found.failure);
}

}  // namespace kernelevolve::worker::gpu
