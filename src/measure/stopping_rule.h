// When enough blocks have been timed. A rule may look at how precise the ratio
// is, never at its sign or size: stopping when a result looks significant turns
// noise into results.
#pragma once

#include "measure/statistics.h"

namespace kernelevolve::measure {

enum class StopReason { kContinue, kPrecise, kTimeout };

// Immutable; asked after every block.
class StoppingRule {
 public:
  virtual ~StoppingRule() = default;
  // `block_log_ratios` are all blocks of the process so far, against the
  // baseline that matters; `elapsed_s` is the time spent on them.
  virtual StopReason Check(Samples block_log_ratios,
                           double elapsed_s) const = 0;
};

// Until the ratio's relative standard error is small enough.
class PrecisionStop : public StoppingRule {
 public:
  struct Options {
    double relative_error = 0.005;
    size_t min_blocks = 10;
    double min_seconds = 0.5;
    double timeout_s = 15;  // then kTimeout: the result is to be flagged
  };
  explicit PrecisionStop(const Options& options) : options_(options) {}
  StopReason Check(Samples block_log_ratios, double elapsed_s) const override;

 private:
  const Options options_;
};

}  // namespace kernelevolve::measure
