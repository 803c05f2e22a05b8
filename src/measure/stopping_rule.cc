#include "measure/stopping_rule.h"

#include "measure/paired_estimate.h"

namespace kernelevolve::measure {

StopReason PrecisionStop::Check(Samples block_log_ratios,
                                double elapsed_s) const {
  if (block_log_ratios.size() >= options_.min_blocks &&
      elapsed_s >= options_.min_seconds &&
      // The standard error of a log is the relative one of its exponential.
      StandardError(DecorrelatedMeans(block_log_ratios)) <=
          options_.relative_error)
    return StopReason::kPrecise;
  return elapsed_s >= options_.timeout_s ? StopReason::kTimeout
                                         : StopReason::kContinue;
}

}  // namespace kernelevolve::measure
