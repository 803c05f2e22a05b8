#include "search/parameter_tuner.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kernelevolve {
namespace {

// Spaces up to this size are searched to the last combination.
constexpr uint64_t kEnumerable = 4096;
// Draws that a larger space gets to show something new.
constexpr int kDraws = 200;

}  // namespace

ParameterTuner::ParameterTuner(const TuneSpace& space,
                               const ParameterValues& start,
                               double start_fitness, uint64_t seed)
    : space_(space), random_(seed) {
  const size_t count = space_.parameters.size();
  effect_.assign(count, -1);
  shuffled_.resize(count);
  std::iota(shuffled_.begin(), shuffled_.end(), size_t{0});
  random_.Shuffle(shuffled_);
  for (const TuneParameter& parameter : space_.parameters) {
    const int values = static_cast<int>(parameter.values.size());
    stride_.push_back(std::max(1, (values - 1) / 2));
  }
  best_.assign(count, 0);
  if (const auto point = PointOf(start)) best_ = *point;
  claimed_[best_] = true;
  told_[best_] = best_fitness_ = start_fitness;
  exhausted_ = count == 0;
}

void ParameterTuner::Inherit(const ParameterTuner& parent) {
  if (parent.parameters() != parameters()) return;
  for (size_t i = 0; i < space_.parameters.size(); ++i) {
    const TuneParameter& mine = space_.parameters[i];
    const TuneParameter& other = parent.space_.parameters[i];
    if (mine.name != other.name || mine.values != other.values) return;
  }
  stride_ = parent.stride_;
  effect_ = parent.effect_;
  since_gain_ = parent.since_gain_;
}

std::optional<ParameterTuner::Point> ParameterTuner::PointOf(
    const ParameterValues& values) const {
  Point point;
  for (const TuneParameter& parameter : space_.parameters) {
    const auto value = values.find(parameter.name);
    if (value == values.end()) return std::nullopt;
    const auto found = std::find(parameter.values.begin(),
                                 parameter.values.end(), value->second);
    if (found == parameter.values.end()) return std::nullopt;
    point.push_back(static_cast<int>(found - parameter.values.begin()));
  }
  return point;
}

ParameterValues ParameterTuner::ValuesOf(const Point& point) const {
  ParameterValues values;
  for (size_t i = 0; i < point.size(); ++i) {
    const TuneParameter& parameter = space_.parameters[i];
    values[parameter.name] = parameter.values[static_cast<size_t>(point[i])];
  }
  return values;
}

bool ParameterTuner::Claim(const Point& point) {
  for (size_t i = 0; i < point.size(); ++i) {
    const auto values = static_cast<int>(space_.parameters[i].values.size());
    if (point[i] < 0 || point[i] >= values) return false;
  }
  const auto [place, fresh] = claimed_.try_emplace(point, false);
  if (!fresh) return false;
  place->second = space_.Admits(ValuesOf(point));
  return place->second;
}

std::optional<ParameterValues> ParameterTuner::Ask() {
  if (exhausted_) return std::nullopt;
  std::optional<Point> point = Momentum();
  if (!point) point = SingleMove();
  if (!point) point = DoubleMove();
  if (!point) point = Unseen();
  if (!point) {
    exhausted_ = true;
    return std::nullopt;
  }
  ++since_gain_;
  return ValuesOf(*point);
}

std::optional<ParameterTuner::Point> ParameterTuner::Momentum() {
  if (!last_gain_) return std::nullopt;
  const auto [parameter, sign] = *last_gain_;
  last_gain_.reset();
  Point point = best_;
  point[parameter] += sign * stride_[parameter];
  return Claim(point) ? std::optional(point) : std::nullopt;
}

// Unknown effects first, then the large ones.
std::vector<size_t> ParameterTuner::ByEffect() const {
  std::vector<size_t> order = shuffled_;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const bool a_unknown = effect_[a] < 0, b_unknown = effect_[b] < 0;
    if (a_unknown != b_unknown) return a_unknown;
    return effect_[a] > effect_[b];
  });
  return order;
}

std::optional<ParameterTuner::Point> ParameterTuner::SingleMove() {
  while (true) {
    for (const size_t parameter : ByEffect()) {
      for (const int sign : {1, -1}) {
        Point point = best_;
        point[parameter] += sign * stride_[parameter];
        if (Claim(point)) return point;
      }
    }
    // Nothing new at these strides: look closer.
    if (std::all_of(stride_.begin(), stride_.end(),
                    [](int stride) { return stride == 1; }))
      return std::nullopt;
    for (int& stride : stride_) stride = std::max(1, stride / 2);
  }
}

std::optional<ParameterTuner::Point> ParameterTuner::DoubleMove() {
  const std::vector<size_t> order = ByEffect();
  for (size_t i = 0; i < order.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      for (const auto& [first, second] :
           {std::pair(1, -1), {-1, 1}, {1, 1}, {-1, -1}}) {
        Point point = best_;
        point[order[j]] += first;
        point[order[i]] += second;
        if (Claim(point)) return point;
      }
    }
  }
  return std::nullopt;
}

std::optional<ParameterTuner::Point> ParameterTuner::Unseen() {
  for (int draw = 0; draw < kDraws; ++draw) {
    Point point;
    for (const TuneParameter& parameter : space_.parameters)
      point.push_back(static_cast<int>(random_.Below(parameter.values.size())));
    if (Claim(point)) return point;
  }
  if (space_.Size() > kEnumerable) return std::nullopt;
  for (uint64_t number = 0; number < space_.Size(); ++number) {
    Point point;
    uint64_t rest = number;
    for (const TuneParameter& parameter : space_.parameters) {
      point.push_back(static_cast<int>(rest % parameter.values.size()));
      rest /= parameter.values.size();
    }
    if (Claim(point)) return point;
  }
  return std::nullopt;
}

// How much the parameters in which `point` differs from the best matter.
void ParameterTuner::Learn(const Point& point, double fitness) {
  std::optional<Direction> only;
  int differences = 0;
  for (size_t i = 0; i < point.size(); ++i) {
    if (point[i] == best_[i]) continue;
    ++differences;
    only = Direction{i, point[i] > best_[i] ? 1 : -1};
  }
  if (differences != 1) return;
  if (fitness > 0 && best_fitness_ > 0) {
    double& effect = effect_[only->parameter];
    effect = std::max(effect, std::abs(std::log(fitness / best_fitness_)));
  }
  if (fitness > best_fitness_) last_gain_ = only;
}

void ParameterTuner::Recentre() {
  for (const auto& [point, fitness] : told_) {
    if (fitness <= best_fitness_) continue;
    best_ = point;
    best_fitness_ = fitness;
  }
}

void ParameterTuner::Tell(const ParameterValues& values, double fitness) {
  const std::optional<Point> point = PointOf(values);
  if (!point) return;  // of a source whose declarations changed
  claimed_[*point] = true;
  if (*point == best_ && fitness < best_fitness_) {
    told_[*point] = best_fitness_ = fitness;
    Recentre();
    return;
  }
  Learn(*point, fitness);
  told_[*point] = fitness;
  if (fitness <= best_fitness_) return;
  best_ = *point;
  best_fitness_ = fitness;
  since_gain_ = 0;
}

}  // namespace kernelevolve
