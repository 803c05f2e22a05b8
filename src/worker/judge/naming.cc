#include "worker/judge/naming.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/format.h"
#include "worker/judge/comparison.h"
#include "worker/judge/scalar.h"

namespace kernelevolve::worker {
namespace {

double RootMeanSquare(DType dtype, const uint8_t* data, int64_t elements) {
  double squares = 0;
  int64_t finite = 0;
  for (int64_t i = 0; i < elements; ++i) {
    const double value = LoadScalar(dtype, data, i);
    if (!std::isfinite(value)) continue;
    squares += value * value;
    ++finite;
  }
  return finite ? std::sqrt(squares / static_cast<double>(finite)) : 0;
}

}  // namespace

Verdictless NameByOrder(const Failure& failure, const InputCase& failed,
                        const CheckSet& checks, const CaseTrial& trial) {
  if (failure.code != Code::kWrongOutput || !checks.on(Check::kInputFamilies))
    return failure;
  for (const InputFamily family :
       {InputFamily::kDescending, InputFamily::kAscending}) {
    InputCase sorted = failed;
    sorted.family = family;
    ASSIGN_OR_RETURN(const auto wrong, trial(sorted));
    if (!wrong)
      return Failure{Code::kInputOverfit,
                     format("right where the inputs are {}, and wrong where they "
                            "are not. {}", FamilyName(family), failure.message),
                     "input_families", ""};
  }
  return failure;
}

bool BeyondRounding(DType dtype, const uint8_t* one, const uint8_t* other,
                    int64_t elements, double share) {
  const auto bytes = static_cast<size_t>(elements * DTypeBytes(dtype));
  if (std::memcmp(one, other, bytes) == 0) return false;
  if (!IsFloating(dtype)) return true;
  const double scale = RootMeanSquare(dtype, one, elements);
  const double ceiling = share * ErrorCeiling(dtype);
  for (int64_t i = 0; i < elements; ++i) {
    const double a = LoadScalar(dtype, one, i), b = LoadScalar(dtype, other, i);
    if (std::isnan(a) && std::isnan(b)) continue;
    if (a == b) continue;
    if (!std::isfinite(a) || !std::isfinite(b)) return true;
    if (!(std::fabs(a - b) <= ceiling * std::max(std::fabs(a), scale))) return true;
  }
  return false;
}

bool HasWrongValues(const Failure& failure) {
  return failure.check == "compare" || failure.check == "nonfinite";
}

Failure DependsOnMore(const Failure& failure) {
  return {Code::kUninit,
          "right once, wrong the second time: the result depends on something that is "
          "no input. " + failure.message, "two_worlds", ""};
}

Failure BranchesByPhase(const Failure& failure) {
  return {Code::kPhaseBranch,
          "right where its process looks as if tools watched it, and wrong where "
          "not. " + failure.message, failure.check, ""};
}

Failure Raced(const Failure& failure, int repeats) {
  return {Code::kRace,
          format("the same call with the same inputs gives other values from time "
                 "to time (within {} repeats): its threads do not wait for each "
                 "other. {}", repeats, failure.message), failure.check, ""};
}

}  // namespace kernelevolve::worker
