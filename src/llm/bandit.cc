#include "llm/bandit.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace kernelevolve {

ModelBandit::ModelBandit(std::vector<std::string> names, double exploration)
    : exploration_(exploration) {
  for (std::string& name : names) arms_.push_back({std::move(name)});
}

double ModelBandit::Score(const Arm& arm, int64_t all_picks) const {
  if (arm.picks == 0) return std::numeric_limits<double>::infinity();
  // Half a reward stands for what is still in flight.
  const double mean =
      (arm.total + 0.5) / (static_cast<double>(arm.rewards) + 1);
  return mean + exploration_ * std::sqrt(2 * std::log(static_cast<double>(all_picks)) /
                                         static_cast<double>(arm.picks));
}

std::optional<size_t> ModelBandit::Pick(const std::set<size_t>& excluded) {
  const std::lock_guard lock(mutex_);
  int64_t all = 0;
  for (const Arm& arm : arms_) all += arm.picks;
  std::optional<size_t> best;
  double best_score = 0;
  for (size_t i = 0; i < arms_.size(); ++i) {
    if (arms_[i].disabled || excluded.count(i)) continue;
    const double score = Score(arms_[i], all);
    if (best && score <= best_score) continue;
    best = i;
    best_score = score;
  }
  if (best) ++arms_[*best].picks;
  return best;
}

void ModelBandit::Count(size_t index) {
  const std::lock_guard lock(mutex_);
  CHECK(index < arms_.size());
  ++arms_[index].picks;
}

void ModelBandit::Disable(size_t index) {
  const std::lock_guard lock(mutex_);
  CHECK(index < arms_.size());
  arms_[index].disabled = true;
}

void ModelBandit::Reward(const std::string& name, double value) {
  const std::lock_guard lock(mutex_);
  for (Arm& arm : arms_) {
    if (arm.name != name) continue;
    ++arm.rewards;
    arm.total += std::isfinite(value) ? std::clamp(value, 0.0, 1.0) : 0.0;
    return;
  }
}

std::vector<ModelBandit::Arm> ModelBandit::arms() const {
  const std::lock_guard lock(mutex_);
  return arms_;
}

}  // namespace kernelevolve
