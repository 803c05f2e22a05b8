// What the times themselves tell of the noise in them: the one list of detectors
// (measure/noise.h) that the times of every device go through.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measure/timing_plan.h"
#include "worker/timing/report.h"

namespace kernelevolve::worker {

// How noisy one measurement of all shapes was. Pure values.
struct NoiseSeen {
  // The speedup's interval; {0, 0} where a shape has no times.
  Interval speedup_ci{};
  // The best baseline against a second process of itself, by the same pipeline.
  std::optional<measure::Estimate> against_itself;
  // Of all blocks, those whose ratio lies far from the others of their process.
  double outlier_share = 0;
  // Of all processes and shapes, those that ended without the wanted precision.
  double short_share = 0;
  // What a canary took before and after; 0 = there was none.
  double canary_before_us = 0, canary_after_us = 0;
};

// `twins`: times of a baseline (as the candidate) and of itself (as the only
// baseline); empty where it was not timed twice. Parallel to the shapes.
NoiseSeen SeeNoise(const TimedShapes& timed,
                   const std::vector<measure::ShapeTimes>& twins,
                   const measure::PrecisionStop::Options& wanted);

// Why these times are worth nothing, in words, or "". The limits are far from
// what a busy machine does to honest times: whatever the interval covers is the
// interval's to tell.
std::string WhyWorthless(const NoiseSeen& noise);

// Notes, each only where there is something to tell: two modes, drift, outliers,
// a spread unlike the baseline's, blocks that follow each other, a baseline that
// differs from itself, and what the interval is too wide to claim.
std::vector<std::string> NoiseNotes(const TimedShapes& timed, Stage stage,
                                    const NoiseSeen& noise);

std::vector<EnvironmentFact> NoiseFacts(const NoiseSeen& noise);

// Takes the numbers away: INCONCLUSIVE, NOISY.
void RefuseForNoise(const std::string& why, Evaluation* evaluation);

}  // namespace kernelevolve::worker
