#include "engine/statistics_benchmark.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "base/format.h"
#include "core/node.h"
#include "engine/ranking.h"
#include "measure/simulated_noise.h"
#include "measure/statistics.h"

namespace kernelevolve {
namespace {

using measure::CpuTimingPlan;
using measure::Estimate;
using measure::GpuTimingPlan;
using measure::NoiseWorld;
using measure::TimingPlan;

struct NamedPlan {
  std::string name;
  TimingPlan plan;
};

NoiseWorld World(const std::string& name) {
  NoiseWorld world;
  world.name = name;
  return world;
}

std::vector<NoiseWorld> Worlds() {
  std::vector<NoiseWorld> worlds;
  worlds.push_back(World("processes differ"));
  worlds.push_back(World("processes alike"));
  worlds.back().between = 0;
  worlds.push_back(World("drift"));
  worlds.back().drift = 0.1;
  worlds.push_back(World("autocorrelation"));
  worlds.back().autocorrelation = 0.9;
  worlds.push_back(World("outliers"));
  worlds.back().outlier_share = 0.03;
  worlds.back().outlier_size = 0.5;
  worlds.push_back(World("two modes"));
  worlds.back().mode_share = 0.2;
  worlds.back().mode_size = 0.08;
  worlds.push_back({"all together", 0.01, 0.005, 0.02, 0.1, 0.5, 0.03, 0.5, 0.2,
                    0.08});
  return worlds;
}

std::vector<NamedPlan> Plans() {
  NamedPlan alone{"one process (control)", CpuTimingPlan(Stage::kFinal)};
  alone.plan.processes = 1;
  return {{"cpu confirm", CpuTimingPlan(Stage::kConfirm)},
          {"cpu final", CpuTimingPlan(Stage::kFinal)},
          {"gpu confirm", GpuTimingPlan(Stage::kConfirm)},
          {"gpu final", GpuTimingPlan(Stage::kFinal)},
          alone};
}

bool Holds(const Interval& interval, double value) {
  return interval[0] <= value && value <= interval[1];
}

CoverageRow Cover(const NoiseWorld& world, const NamedPlan& plan, int repeats,
                  Random& random) {
  constexpr double kTruth = 0.1;  // some ten percent faster
  CoverageRow row{world.name, plan.name};
  std::vector<double> half_widths;
  for (int i = 0; i < repeats; ++i) {
    const Estimate estimate = measure::EstimateRatio(
        measure::Simulate(world, kTruth, plan.plan, random), 0);
    row.coverage += Holds(estimate.ci, std::exp(kTruth)) ? 1.0 / repeats : 0;
    row.bias += (estimate.log() - kTruth) / repeats;
    half_widths.push_back(estimate.half_width());
  }
  row.half_width = measure::Median(half_widths);
  return row;
}

NoiseWorld Alike(double autocorrelation) {
  NoiseWorld world = World("one process");
  world.between = 0;
  world.autocorrelation = autocorrelation;
  return world;
}

bool FindsDifference(const std::vector<measure::ProcessTimes>& processes) {
  return !Holds(measure::EstimateRatio(processes, 0).ci, 1);
}

// Stops as soon as there seems to be a difference: what must not be done.
bool PeekingFinds(const NoiseWorld& world, Random& random) {
  constexpr size_t kMost = 500, kEvery = 10;
  measure::SimulatedProcess process(world, 0, random);
  measure::ProcessTimes times;
  times.baselines_us.resize(1);
  for (size_t block = 0; block < kMost; ++block) {
    process.AddBlock(block, kMost, &times);
    if ((block + 1) % kEvery == 0 && FindsDifference({times})) return true;
  }
  return false;
}

// Shares of `repeats` trials in which `finds` does.
template <typename Finds>
double Share(int repeats, const Finds& finds) {
  int found = 0;
  for (int i = 0; i < repeats; ++i) found += finds() ? 1 : 0;
  return static_cast<double>(found) / repeats;
}

std::vector<StoppingRow> Stopping(double autocorrelation, int repeats,
                                  Random& random) {
  const NoiseWorld world = Alike(autocorrelation);
  const TimingPlan plan = GpuTimingPlan(Stage::kFinal);
  TimingPlan alone = plan;
  alone.processes = 1;
  const auto simulated = [&](const TimingPlan& one) {
    return [&] {
      return FindsDifference(measure::Simulate(world, 0, one, random));
    };
  };
  const int fewer = std::max(1, repeats / 10);  // each takes up to 500 blocks
  return {{"until precise, all processes", autocorrelation,
           Share(repeats, simulated(plan))},
          {"until precise, one process", autocorrelation,
           Share(repeats, simulated(alone))},
          {"until significant (control)", autocorrelation,
           Share(fewer, [&] { return PeekingFinds(world, random); })}};
}

// A run's nodes and the truth about each, by node.
class SimulatedSearch {
 public:
  SimulatedSearch(const CurseRow& row, Random& random) : random_(random) {
    world_.between = world_.within = row.noise;
    for (int i = 0; i < row.candidates; ++i) {
      truth_.push_back(row.spread * random.Normal());
      Node node;
      node.id = i + 1;
      node.candidate.source = std::to_string(i);
      node.evaluation.status = VerdictStatus::kAccept;
      const Estimate seen = Measure(node.id, Stage::kSearch);
      node.evaluation.speedup = seen.value;
      node.evaluation.speedup_ci = seen.ci;
      nodes_.push_back(std::move(node));
    }
  }

  // Adds one search's overstatements to `row`.
  void Conclude(CurseRow* row) {
    const std::vector<RankedNode> ranked = RankNodes(nodes_);
    const NodeId leader = ranked[0].node;
    row->search +=
        std::log(nodes_[Index(leader)].evaluation.speedup) - Truth(leader);
    NodeId best = 0;
    double best_log = 0;
    const auto count = static_cast<size_t>(ConfirmCount(row->candidates));
    for (size_t i = 0; i < std::min(count, ranked.size()); ++i) {
      const double seen = Measure(ranked[i].node, Stage::kConfirm).log();
      if (best != 0 && seen <= best_log) continue;
      best = ranked[i].node;
      best_log = seen;
    }
    row->confirm += best_log - Truth(best);
    row->final += Measure(best, Stage::kFinal).log() - Truth(best);
    row->chosen += Truth(best) - *std::max_element(truth_.begin(), truth_.end());
  }

 private:
  static size_t Index(NodeId node) { return static_cast<size_t>(node - 1); }
  double Truth(NodeId node) const { return truth_[Index(node)]; }
  Estimate Measure(NodeId node, Stage stage) {
    return measure::EstimateRatio(
        measure::Simulate(world_, Truth(node), CpuTimingPlan(stage), random_), 0);
  }

  Random& random_;
  NoiseWorld world_;
  std::vector<double> truth_;
  std::deque<Node> nodes_;
};

CurseRow Curse(CurseRow row, Random& random) {
  for (int i = 0; i < row.searches; ++i)
    SimulatedSearch(row, random).Conclude(&row);
  for (double* sum : {&row.search, &row.confirm, &row.final, &row.chosen})
    *sum /= row.searches;
  return row;
}

}  // namespace

Result<StatisticsReport> RunStatisticsBenchmark(const StatisticsOptions& options,
                                                const StopCondition& stop) {
  StatisticsReport report;
  Random random(options.seed);
  const auto stopped = [&]() -> Status {
    if (!stop.requested()) return {};
    return Fail({ErrorCode::kInterrupted, "the simulations were interrupted"});
  };
  for (const NamedPlan& plan : Plans())
    for (const NoiseWorld& world : Worlds()) {
      RETURN_IF_ERROR(stopped());
      report.coverage.push_back(Cover(world, plan, options.repeats, random));
    }
  for (const double autocorrelation : {0.0, 0.5, 0.9})
    for (StoppingRow& row : Stopping(autocorrelation, options.repeats, random)) {
      RETURN_IF_ERROR(stopped());
      report.stopping.push_back(std::move(row));
    }
  for (const int candidates : {100, 1000})
    for (const double noise : {0.005, 0.02})
      for (const double spread : {0.0, 0.02, 0.05}) {
        RETURN_IF_ERROR(stopped());
        CurseRow row{candidates, noise, spread};
        row.searches = std::max(1, options.repeats * 40 / candidates);
        report.curse.push_back(Curse(row, random));
      }
  return report;
}

}  // namespace kernelevolve
