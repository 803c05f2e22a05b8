#include "worker/judge/row_draw.h"

#include <algorithm>

#include "worker/judge/secret_seed.h"

namespace kernelevolve::worker {
namespace {

// Stretches have 2 to the power of less than these many calls.
constexpr uint64_t kOldPowers = 6, kPoisonedPowers = 3;

}  // namespace

RowDraw::RowDraw(std::string_view secret, std::string_view label)
    : random_(SecretSeed(secret, label)) {}

int RowDraw::Length(int calls) {
  return std::max(1, static_cast<int>(calls * (0.7 + 0.6 * random_.Uniform())));
}

bool RowDraw::OverOld() {
  if (left_ == 0) {
    over_old_ = !over_old_;
    left_ = 1 << random_.Below(over_old_ ? kOldPowers : kPoisonedPowers);
  }
  --left_;
  return over_old_;
}

}  // namespace kernelevolve::worker
