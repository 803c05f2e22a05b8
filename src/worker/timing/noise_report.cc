#include "worker/timing/noise_report.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "base/format.h"
#include "base/text.h"
#include "measure/noise.h"

namespace kernelevolve::worker {
namespace {

using measure::ProcessTimes;
using measure::ShapeTimes;

// One process at one shape: the candidate against the best baseline there.
struct Series {
  const ProcessTimes* times;
  size_t baseline;

  std::vector<double> LogRatios() const {
    return measure::BlockLogRatios(*times, baseline);
  }
};

std::vector<Series> SeriesOf(const ShapeTimes& shape) {
  std::vector<Series> all;
  const int best = measure::BestBaseline(shape);
  if (best < 0) return all;
  for (const ProcessTimes& process : shape.processes)
    if (!process.candidate_us.empty())
      all.push_back({&process, static_cast<size_t>(best)});
  return all;
}

std::vector<Series> SeriesOf(const TimedShapes& timed) {
  std::vector<Series> all;
  for (const ShapeTimes& shape : timed.times)
    for (const Series& series : SeriesOf(shape)) all.push_back(series);
  return all;
}

// A process may be unlucky: only what most of them show is the kernel's or the
// machine's way.
bool InMost(const std::vector<Series>& all,
            const std::function<bool(const Series&)>& bad) {
  const auto count = std::count_if(all.begin(), all.end(), bad);
  return 2 * count > static_cast<std::ptrdiff_t>(all.size());
}

bool Drifts(const Series& series) {
  return measure::CheckDrift(series.LogRatios()).bad;
}

bool SpreadsFarMore(const Series& series) {
  return measure::CheckVarianceRatio(series.times->candidate_us,
                                     series.times->baselines_us[series.baseline])
      .bad;
}

// Of some twenty blocks the correlation is uncertain by a fifth: one process
// says nothing.
bool BlocksFollowEachOther(const std::vector<Series>& all) {
  constexpr size_t kFewestProcesses = 3;
  return all.size() >= kFewestProcesses &&
         InMost(all, [](const Series& series) {
           return measure::CheckAutocorrelation(series.LogRatios()).bad;
         });
}

// "square, wide"
std::string ShapesWhere(
    const TimedShapes& timed,
    const std::function<bool(const std::vector<Series>&)>& bad) {
  std::vector<std::string> names;
  for (size_t i = 0; i < timed.times.size(); ++i) {
    const std::vector<Series> all = SeriesOf(timed.times[i]);
    if (!all.empty() && bad(all)) names.push_back(timed.shapes[i].name);
  }
  return Join(names, ", ");
}

void NoteShapes(const TimedShapes& timed,
                const std::function<bool(const std::vector<Series>&)>& bad,
                const char* words, std::vector<std::string>* notes) {
  const std::string names = ShapesWhere(timed, bad);
  if (!names.empty()) notes->push_back(format("at {}: {}", names, words));
}

void NoteModes(const TimedShapes& timed, std::vector<std::string>* notes) {
  for (size_t i = 0; i < timed.times.size(); ++i)
    for (const ProcessTimes& process : timed.times[i].processes) {
      const auto modes = measure::CheckBimodality(process.candidate_us);
      if (!modes.bad) continue;
      notes->push_back(
          format("at shape {}: {}", timed.shapes[i].name, modes.detail));
      break;
    }
}

// Half the width of an interval of ratios, as a share of what lies within.
double HalfWidth(const Interval& interval) {
  return interval[0] > 0 ? std::sqrt(interval[1] / interval[0]) - 1
                         : std::numeric_limits<double>::infinity();
}

double OutlierShare(const std::vector<Series>& all) {
  double far = 0, blocks = 0;
  for (const Series& series : all) {
    const auto count = static_cast<double>(series.times->candidate_us.size());
    far += count * measure::CheckOutliers(series.LogRatios()).value;
    blocks += count;
  }
  return blocks > 0 ? far / blocks : 0;
}

double ShortShare(const std::vector<Series>& all, double wanted) {
  double shorts = 0;
  for (const Series& series : all)
    shorts += !(measure::StandardError(
                    measure::DecorrelatedMeans(series.LogRatios())) <= wanted);
  return all.empty() ? 0 : shorts / static_cast<double>(all.size());
}

void NoteAgainstItself(const NoiseSeen& noise, double margin,
                       std::vector<std::string>* notes) {
  if (!noise.against_itself) return;
  const measure::NoiseFinding finding =
      measure::CheckAgainstItself(*noise.against_itself, margin);
  if (finding.bad)
    notes->push_back(finding.detail +
                     ": this measurement tells no smaller differences");
}

}  // namespace

NoiseSeen SeeNoise(const TimedShapes& timed, const std::vector<ShapeTimes>& twins,
                   const measure::PrecisionStop::Options& wanted) {
  NoiseSeen noise;
  const measure::Aggregate total = measure::AggregateShapes(timed.times);
  if (total.known) noise.speedup_ci = total.speedup.ci;
  if (!twins.empty())
    if (const auto itself = measure::AggregateShapes(twins); itself.known)
      noise.against_itself = itself.speedup;
  const std::vector<Series> all = SeriesOf(timed);
  noise.outlier_share = OutlierShare(all);
  noise.short_share = ShortShare(all, wanted.relative_error);
  return noise;
}

std::string WhyWorthless(const NoiseSeen& noise) {
  // From docs/judge.md, which says how often honest times come near them.
  constexpr double kWidest = 4, kItself = 1.5, kCanary = 0.5;
  const auto [low, high] = noise.speedup_ci;
  if (low > 0 && high > kWidest * low)
    return format("the speedup may be anything from {:.2f}x to {:.2f}x", low, high);
  if (const auto& itself = noise.against_itself;
      itself && (itself->ci[0] > kItself || itself->ci[1] < 1 / kItself))
    return format("the best baseline, timed against itself, was {:.2f}x "
                  "[{:.2f}, {:.2f}] as quick",
                  itself->value, itself->ci[0], itself->ci[1]);
  if (noise.canary_before_us > 0) {
    const measure::NoiseFinding canary = measure::CheckCanary(
        noise.canary_before_us, noise.canary_after_us, kCanary);
    if (canary.bad) return canary.detail;
  }
  return "";
}

std::vector<std::string> NoiseNotes(const TimedShapes& timed, Stage stage,
                                    const NoiseSeen& noise) {
  constexpr double kOutliers = 0.10, kCanary = 0.10;
  std::vector<std::string> notes;
  NoteModes(timed, &notes);
  NoteShapes(timed, [](const auto& all) { return InMost(all, Drifts); },
             "the ratio to the baseline drifts from call to call", &notes);
  NoteShapes(timed, [](const auto& all) { return InMost(all, SpreadsFarMore); },
             "the kernel's times spread far more than the baseline's", &notes);
  NoteShapes(timed, BlocksFollowEachOther,
             "neighbouring blocks resemble each other; they count as fewer", &notes);
  if (stage == Stage::kSearch) return notes;  // it ranks, and claims nothing
  if (noise.outlier_share > kOutliers)
    notes.push_back(format("{:.0f} % of the blocks lie far from the others",
                           100 * noise.outlier_share));
  NoteAgainstItself(noise, timed.margin, &notes);
  if (noise.canary_before_us > 0) {
    const measure::NoiseFinding canary = measure::CheckCanary(
        noise.canary_before_us, noise.canary_after_us, kCanary);
    if (canary.bad) notes.push_back(canary.detail);
  }
  const double half = HalfWidth(noise.speedup_ci);
  if (half > timed.margin)
    notes.push_back(format(
        "the interval is ±{:.0f} % wide: {:.0f} % of the processes and shapes "
        "ran into their limit before the wanted precision",
        100 * half, 100 * noise.short_share));
  return notes;
}

std::vector<EnvironmentFact> NoiseFacts(const NoiseSeen& noise) {
  std::vector<EnvironmentFact> facts = {{"outlier_share", noise.outlier_share},
                                        {"short_share", noise.short_share}};
  if (noise.against_itself) {
    facts.push_back({"itself", noise.against_itself->value});
    facts.push_back({"itself_low", noise.against_itself->ci[0]});
    facts.push_back({"itself_high", noise.against_itself->ci[1]});
  }
  if (noise.canary_before_us > 0) {
    facts.push_back({"canary_before_us", noise.canary_before_us});
    facts.push_back({"canary_after_us", noise.canary_after_us});
  }
  return facts;
}

void RefuseForNoise(const std::string& why, Evaluation* evaluation) {
  evaluation->status = VerdictStatus::kInconclusive;
  evaluation->code = Code::kNoisy;
  evaluation->message =
      format("measured more than once, and too noisy still: {}; run it again "
             "when less else runs on this machine", why);
  evaluation->baseline.clear();
  evaluation->speedup = 0;
  evaluation->speedup_ci = {};
  evaluation->decision.reset();
  evaluation->process_log_ratios.clear();
  evaluation->shapes.clear();
}

}  // namespace kernelevolve::worker
