#include "worker/timing/stage_timing.h"

#include <algorithm>
#include <numeric>
#include <thread>

#include "base/digest.h"
#include "base/format.h"
#include "base/random.h"
#include "measure/decision.h"
#include "worker/timing/canary.h"

namespace kernelevolve::worker {
namespace {

using Steady = std::chrono::steady_clock;

// A baseline's second process takes part in every third block: enough to tell
// that it differs from itself, for a tenth of the time.
constexpr size_t kTwinEvery = 3;
// So often at most are as many processes again added to times that say nothing.
// Twelve or 28 of them say something unless they differ by factors.
constexpr int kMostExtensions = 3;

// What each side did beside the clock, of each block. The candidate is the first.
measure::ProcessTimes ChargesOf(const std::vector<ClockedSide>& sides,
                                const std::vector<size_t>& members,
                                size_t panel) {
  measure::ProcessTimes result;
  result.baselines_us.resize(panel);
  const EarlyCharge charge({sides.begin() + 1, sides.end()});
  for (size_t side = 0; side < sides.size(); ++side) {
    const std::vector<double> charges = charge.Of(sides[side]);
    std::vector<double>& blocks =
        side == 0 ? result.candidate_us : result.baselines_us[members[side - 1]];
    for (size_t call = 0; call + 1 < charges.size(); call += 2)
      blocks.push_back((charges[call] + charges[call + 1]) / 2 * 1e-3);
  }
  return result;
}

void Add(const std::vector<double>& charges, std::vector<double>* times) {
  for (size_t i = 0; i < times->size() && i < charges.size(); ++i)
    (*times)[i] += charges[i];
}

double Sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

}  // namespace

std::vector<size_t> StageTiming::MembersFor(const ShapeCase& shape,
                                            bool whole_panel) const {
  if (!whole_panel && context_.anchors)
    return {context_.anchors->at(shape.name)};
  std::vector<size_t> all(context_.panel.members.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

size_t StageTiming::TwinMember() const {
  std::vector<int> wins(context_.panel.members.size());
  if (context_.anchors)
    for (const auto& [shape, member] : *context_.anchors) ++wins[member];
  return static_cast<size_t>(std::max_element(wins.begin(), wins.end()) -
                             wins.begin());
}

Verdictless StageTiming::MeasureShape(TimedProcess& process, size_t shape_index,
                                      const measure::TimingPlan& plan,
                                      Evidence* evidence) {
  const ShapeCase& shape = shapes_[shape_index];
  const std::vector<size_t> members = MembersFor(shape, plan.whole_panel);
  const size_t twin = context_.panel.members.size(), original = TwinMember();
  std::vector<size_t> all = members;
  if (plan.against_itself) all.push_back(twin);
  RETURN_IF_FAILED(process.Enter(shape, all, evidence));
  ASSIGN_OR_RETURN(const double empty_ns, process.EmptyCallNs());
  measure::ProcessTimes times, itself;
  times.baselines_us.resize(context_.panel.members.size());
  itself.baselines_us.resize(1);
  const measure::PrecisionStop rule(plan.precision);
  std::vector<ClockedSide> sides(members.size() + 1);
  const std::vector<size_t> threads = process.Threads();
  for (size_t i = 0; i < sides.size(); ++i) sides[i].threads = threads[i];
  const size_t exact_block = process.DrawExactBlock(plan.precision.min_blocks);
  const auto start = Steady::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(Steady::now() - start).count();
  };
  for (size_t block = 0; measure::HasBlocksLeft(plan, block, elapsed()); ++block) {
    const bool twice = plan.against_itself && block % kTwinEvery == 0;
    BlockTimes measured;
    RETURN_IF_FAILED(process.Block(block == exact_block,
                                   /*without_last=*/plan.against_itself && !twice,
                                   &measured, evidence));
    const auto net_us = [&](double ns) {
      return std::max(ns - empty_ns, 0.05 * ns) * 1e-3;
    };
    times.candidate_us.push_back(net_us(measured.candidate));
    for (size_t i = 0; i < members.size(); ++i)
      times.baselines_us[members[i]].push_back(net_us(measured.baselines[i]));
    for (size_t i = 0; i < sides.size(); ++i)
      sides[i].calls.insert(sides[i].calls.end(), measured.calls[i].begin(),
                            measured.calls[i].end());
    if (twice) {
      itself.candidate_us.push_back(net_us(measured.baselines.back()));
      itself.baselines_us[0].push_back(times.baselines_us[original].back());
    }
    const auto ratios = measure::BlockLogRatios(times, members[0]);
    if (block + 1 >= plan.precision.min_blocks &&
        rule.Check(ratios, elapsed()) != measure::StopReason::kContinue)
      break;
  }
  charges_[shape_index].push_back(
      ChargesOf(sides, members, context_.panel.members.size()));
  times_[shape_index].processes.push_back(std::move(times));
  if (plan.against_itself)
    twins_[shape_index].processes.push_back(std::move(itself));
  return std::nullopt;
}

TimedProcessOptions StageTiming::RoundOptions(
    const fs::path& library, int round, const measure::TimingPlan& plan) const {
  TimedProcessOptions options;
  options.task = &context_.task;
  options.shapes = shapes_;
  options.candidate = library;
  options.panel = context_.panel.members;
  options.placement = round % 2 ? PlacementRule::kAligned256
                                : PlacementRule::kAligned64;
  options.secret = secret_;
  options.fresh_secret = Hex(SecretBytes(32));
  options.checks = checks_;
  if (plan.against_itself)
    options.panel.push_back(context_.panel.members[TwinMember()]);
  if (plan.whole_panel || !context_.anchors) return options;
  for (size_t i = 0; i < options.panel.size(); ++i) {
    const bool used = std::any_of(
        context_.anchors->begin(), context_.anchors->end(),
        [&](const auto& anchor) { return anchor.second == i; });
    if (!used) options.panel[i].library.clear();  // not started
  }
  return options;
}

void StageTiming::Clear(const measure::TimingPlan& plan) {
  times_.assign(shapes_.size(), {});
  charges_.assign(shapes_.size(), {});
  for (size_t i = 0; i < shapes_.size(); ++i) {
    times_[i].weight = shapes_[i].weight;
    times_[i].floor_us = ImpossibleBelowUs(context_.task, shapes_[i], roofs_);
  }
  twins_.clear();
  if (plan.against_itself) twins_ = times_;
  for (measure::ShapeTimes& twin : twins_) twin.floor_us = 0;
}

Verdictless StageTiming::Measure(const fs::path& library, const measure::TimingPlan& plan,
                                 Evidence* evidence) {
  const PinnedThread pinned(machine_.judge_cpu);
  const auto done = static_cast<int>(times_[0].processes.size());
  for (int round = done; round < done + plan.processes; ++round) {
    std::optional<Failure> failure;
    auto started = TimedProcess::Start(machine_, *context_.oracle,
                                       RoundOptions(library, round, plan), &failure);
    if (!started) return Fail(started.error());
    if (failure) return failure;
    for (size_t shape = 0; shape < shapes_.size(); ++shape)
      RETURN_IF_FAILED(MeasureShape(**started, shape, plan, evidence));
    RETURN_IF_FAILED((*started)->Drain());
  }
  return std::nullopt;
}

Verdictless StageTiming::MeasureAnchors(Evidence* evidence) {
  measure::TimingPlan plan = measure::CpuTimingPlan(Stage::kSearch);
  plan.whole_panel = true;
  plan.max_blocks = plan.precision.min_blocks;
  // The first member stands where the candidate would: it is measured too.
  Evidence ignored;
  Clear(plan);
  RETURN_IF_FAILED(Measure(context_.panel.members[0].library, plan, &ignored));
  Anchors anchors;
  for (size_t i = 0; i < shapes_.size(); ++i)
    anchors[shapes_[i].name] =
        static_cast<size_t>(std::max(0, measure::BestBaseline(times_[i])));
  context_.anchors = std::move(anchors);
  evidence->kernel_ms += ignored.kernel_ms;
  return std::nullopt;
}

void StageTiming::AwaitQuiet() {
  constexpr auto kLook = std::chrono::milliseconds(100);
  constexpr int kLooks = 10;
  constexpr double kBusy = 0.5;
  const auto start = Steady::now();
  HostState earlier = ReadHostState("/", machine_.lane_cpus.front());
  for (int look = 0; look < kLooks; ++look) {
    std::this_thread::sleep_for(kLook);
    const HostState now = ReadHostState("/", machine_.lane_cpus.front());
    const HostUse use = UseBetween(earlier, now);
    if (use.lane_share.value_or(0) + use.stolen_share.value_or(0) < kBusy) return;
    waited_s_ = std::chrono::duration<double>(Steady::now() - start).count();
    earlier = now;
  }
}

Verdictless StageTiming::Observe(const fs::path& library,
                                 const measure::TimingPlan& plan,
                                 Evidence* evidence) {
  const int cpu = machine_.lane_cpus.front();
  const double canary = plan.against_itself ? CanaryUs(cpu) : 0;
  RETURN_IF_FAILED(Measure(library, plan, evidence));
  after_ = ReadHostState("/", cpu);
  noise_ = SeeNoise(Timed(), twins_, plan.precision);
  noise_.canary_before_us = canary;
  if (plan.against_itself) noise_.canary_after_us = CanaryUs(cpu);
  return std::nullopt;
}

Verdictless StageTiming::MeasureToRank(const fs::path& library,
                                       const measure::TimingPlan& plan,
                                       Evidence* evidence) {
  RETURN_IF_FAILED(Observe(library, plan, evidence));
  if (!AnchorsStrayed()) return std::nullopt;
  Clear(plan);
  return Observe(library, plan, evidence);
}

Verdictless StageTiming::MeasureToClaim(const fs::path& library,
                                        const measure::TimingPlan& plan,
                                        Evidence* evidence) {
  RETURN_IF_FAILED(Observe(library, plan, evidence));
  for (int i = 0; i < kMostExtensions && !WhyWorthless(noise_).empty(); ++i)
    RETURN_IF_FAILED(Observe(library, plan, evidence));
  return std::nullopt;
}

void StageTiming::Report(Stage stage, Evaluation* evaluation) {
  std::vector<EnvironmentFact>& facts = evaluation->environment;
  facts = HostFacts("/", machine_.lane_cpus.front());
  const auto add = [&](const std::vector<EnvironmentFact>& more) {
    facts.insert(facts.end(), more.begin(), more.end());
  };
  add(UseFacts(before_, after_));
  add(NoiseFacts(noise_));
  add({{"roof_flops_f32", roofs_.flops_f32},
       {"roof_flops_f64", roofs_.flops_f64},
       {"roof_bytes_cold", roofs_.bytes_cold},
       {"roof_bytes_hot", roofs_.bytes_hot},
       {"cold_to_hot", roofs_.cold_to_hot}});
  if (waited_s_ > 0) facts.push_back({"waited_for_quiet_s", waited_s_});
  const TimedShapes timed = Timed();
  ReportTimes(timed, stage, evaluation);
  std::vector<std::string>& notes = evaluation->notes;
  NoteFlush(evaluation);
  const std::vector<std::string> noise = NoiseNotes(timed, stage, noise_);
  notes.insert(notes.end(), noise.begin(), noise.end());
  if (stage == Stage::kSearch) return;
  const std::string busy =
      BusyNote(UseBetween(before_, after_), machine_.all_cpus.size());
  if (!busy.empty()) notes.push_back(busy);
  if (const std::string why = WhyWorthless(noise_); !why.empty())
    RefuseForNoise(why, evaluation);
}

Verdictless StageTiming::Run(const fs::path& library, Stage stage,
                             Evaluation* evaluation, Evidence* evidence) {
  shapes_ = context_.task.ShapesFor(context_.target.device_kind);
  const measure::TimingPlan plan = measure::CpuTimingPlan(stage);
  if (!context_.anchors &&
      (!plan.whole_panel || context_.panel.members.size() > 1)) {
    auto measured = MeasureAnchors(evidence);
    if (!measured) return measured;
    if (*measured) return Broken("measuring the panel: " + (*measured)->message);
  }
  Clear(plan);
  if (plan.against_itself) AwaitQuiet();
  before_ = ReadHostState("/", machine_.lane_cpus.front());
  RETURN_IF_FAILED(plan.against_itself ? MeasureToClaim(library, plan, evidence)
                                       : MeasureToRank(library, plan, evidence));
  if (checks_.on(Check::kSpeedOfLight))
    if (auto failure = CheckPhysics(Timed())) return failure;
  // Where both share a core, CPU time beside the clock tells nothing.
  if (checks_.on(Check::kEarlyWork) && machine_.spin) AddEarlyWork(evaluation);
  Report(stage, evaluation);
  return std::nullopt;
}

bool StageTiming::AnchorsStrayed() {
  // A fifth: far more than the search stage's own noise on a quiet machine.
  constexpr double kStray = 1.2;
  constexpr size_t kRemembered = 15, kEnough = 3;
  bool strayed = false;
  for (size_t i = 0; i < shapes_.size(); ++i) {
    const size_t anchor = context_.anchors->at(shapes_[i].name);
    const double time = measure::BaselineTime(times_[i].processes, anchor).value;
    std::deque<double>& recent = context_.anchor_times[shapes_[i].name];
    if (recent.size() >= kEnough) {
      std::vector<double> sorted(recent.begin(), recent.end());
      std::sort(sorted.begin(), sorted.end());
      const double usual = sorted[sorted.size() / 2];
      strayed |= time > kStray * usual || usual > kStray * time;
    }
    recent.push_back(time);
    if (recent.size() > kRemembered) recent.pop_front();
  }
  return strayed;
}

TimedShapes StageTiming::Timed() const {
  TimedShapes timed{shapes_, times_, {}, {}, measure::kCpuMargin};
  for (const PanelMember& member : context_.panel.members)
    timed.panel.push_back(member.name);
  for (const ShapeCase& shape : shapes_)
    timed.bounds_us.push_back(SpeedOfLightUs(context_.task, shape, roofs_));
  return timed;
}

void StageTiming::AddEarlyWork(Evaluation* evaluation) {
  constexpr double kMuch = 0.1;  // of its time
  for (size_t shape = 0; shape < shapes_.size(); ++shape) {
    double added = 0, all = 0;
    for (size_t i = 0; i < charges_[shape].size(); ++i) {
      const measure::ProcessTimes& charges = charges_[shape][i];
      measure::ProcessTimes& times = times_[shape].processes[i];
      added += Sum(charges.candidate_us);
      all += Sum(times.candidate_us);
      Add(charges.candidate_us, &times.candidate_us);
      for (size_t member = 0; member < times.baselines_us.size(); ++member)
        Add(charges.baselines_us[member], &times.baselines_us[member]);
    }
    if (added > kMuch * all)
      evaluation->notes.push_back(format(
          "CPU time beside the clock, more than a baseline uses there, is part of "
          "the time at shape {}: {:.0f} % as much again", shapes_[shape].name,
          100 * added / all));
  }
}

void StageTiming::NoteFlush(Evaluation* evaluation) const {
  if (checks_.on(Check::kFlushProof) && context_.task.objective.cold_cache &&
      roofs_.cold_to_hot < 1.5)
    evaluation->notes.push_back(format(
        "the cache flush could not be shown to work here (cold/hot {:.2f})",
        roofs_.cold_to_hot));
}

}  // namespace kernelevolve::worker
