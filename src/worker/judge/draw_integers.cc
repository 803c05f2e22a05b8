#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include "base/random.h"
#include "worker/judge/draw.h"

namespace kernelevolve::worker {
namespace {

int64_t Between(int64_t low, int64_t high, Random& random) {
  return low + static_cast<int64_t>(
                   random.Below(static_cast<uint64_t>(high - low) + 1));
}

constexpr int64_t kStride = 7919;  // visits a range of any size soon

// randint in the family's spirit: everywhere, at the ends, few distinct, one.
int64_t DrawRandint(InputFamily family, int64_t low, int64_t high, int64_t index,
                    Random& random) {
  switch (family) {
    case InputFamily::kLarge: return random.Below(4) ? high : Between(low, high, random);
    case InputFamily::kTiny: return random.Below(4) ? low : Between(low, high, random);
    case InputFamily::kAllEqual: return low + (high - low) / 2;
    case InputFamily::kStructured:
      return low + index * kStride % (high - low + 1);
    case InputFamily::kSparse: {  // three of them: both ends and the middle
      const int64_t few[] = {low, low + (high - low) / 2, high};
      return few[random.Below(std::size(few))];
    }
    case InputFamily::kPatchy:  // one has nearly all
      return random.Below(128) ? low + (high - low) / 2 : Between(low, high, random);
    default: return Between(low, high, random);
  }
}

// n + 1 offsets over n segments whose sizes the family chooses.
int64_t DrawOffset(InputFamily family, int64_t total, int64_t i, int64_t segments,
                   Random& random) {
  switch (family) {
    case InputFamily::kLarge: return i > segments / 2 ? total : 0;  // one has all
    case InputFamily::kTiny: return total;  // the first has all
    case InputFamily::kStructured:
    case InputFamily::kAllEqual: return total * i / segments;
    case InputFamily::kSparse:  // a few segments share all, the others are empty
      return total * static_cast<int64_t>(random.Below(4)) / 4;
    default: return Between(0, total, random);
  }
}

std::vector<int64_t> DrawOffsets(InputFamily family, int64_t total, int64_t count,
                                 Random& random) {
  std::vector<int64_t> offsets(static_cast<size_t>(count), 0);
  if (count == 0) return offsets;
  const int64_t segments = count - 1;
  for (int64_t i = 1; i < segments; ++i)
    offsets[static_cast<size_t>(i)] =
        DrawOffset(family, total, i, segments, random);
  // A single element belongs to nobody but the end.
  offsets.back() = total;
  if (count > 1) offsets.front() = 0;
  std::sort(offsets.begin(), offsets.end());
  return offsets;
}

// Strictly increasing draws from [low, high], evenly spread: one in each of as
// many stretches.
std::vector<int64_t> SpreadIncreasing(int64_t low, int64_t high, int64_t count,
                                      Random& random) {
  std::vector<int64_t> values;
  values.reserve(static_cast<size_t>(count));
  const double span = static_cast<double>(high - low + 1);
  int64_t previous = low - 1;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t last_allowed = high - (count - 1 - i);
    const auto wanted = static_cast<int64_t>(
        static_cast<double>(low) +
        span * (static_cast<double>(i) + random.Uniform()) / static_cast<double>(count));
    previous = std::clamp(wanted, previous + 1, std::max(previous + 1, last_allowed));
    values.push_back(previous);
  }
  return values;
}

// How many of `count` neighbours lie at the lower end, where the others lie at
// the upper one; nothing where the family spreads them.
std::optional<int64_t> LowerCluster(InputFamily family, int64_t count) {
  switch (family) {
    case InputFamily::kStructured:
    case InputFamily::kTiny: return count;
    case InputFamily::kLarge: return 0;
    case InputFamily::kSparse: return count / 2;
    default: return std::nullopt;
  }
}

// A few runs of neighbours of any length, and between them gaps of any width: what
// goes by the distance from one to another meets all distances that there can be.
std::vector<int64_t> RunsOfNeighbours(int64_t low, int64_t high, int64_t count,
                                      Random& random) {
  constexpr int kNarrow = 4;
  const int64_t spare = std::max<int64_t>(0, high - low + 1 - count);  // numbers that are left out
  const int64_t rest = spare / 4;  // what two wide gaps leave to the others
  std::multiset<int64_t> skips;  // where the left out ones are shared out
  for (int i = 0; i < kNarrow; ++i) skips.insert(Between(0, rest, random));
  skips.insert(rest + (spare - rest) / 2);
  skips.insert(spare);
  std::vector<std::pair<int64_t, int64_t>> gaps;  // before this index, so many
  int64_t last = 0;
  for (const int64_t skip : skips) {
    gaps.push_back({Between(0, count, random), skip - last});
    last = skip;
  }
  std::sort(gaps.begin(), gaps.end());
  std::vector<int64_t> values;
  values.reserve(static_cast<size_t>(count));
  size_t next = 0;
  int64_t value = low;
  for (int64_t i = 0; i < count; ++i, ++value) {
    for (; next < gaps.size() && gaps[next].first == i; ++next)
      value += gaps[next].second;
    values.push_back(value);
  }
  return values;
}

// Spread ones can be guessed from their index, and neighbours can not.
std::vector<int64_t> DrawIncreasing(InputFamily family, int64_t low, int64_t high,
                                    int64_t count, Random& random) {
  if (family == InputFamily::kCancelling)
    return RunsOfNeighbours(low, high, count, random);
  const auto lower = LowerCluster(family, count);
  if (!lower) return SpreadIncreasing(low, high, count, random);
  std::vector<int64_t> values;
  values.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i)
    values.push_back(i < *lower ? low + i : high - (count - 1 - i));
  return values;
}

}  // namespace

std::vector<int64_t> DrawIntegers(const ValueSpec& spec,
                                  const std::vector<double>& arguments,
                                  InputFamily family, uint64_t seed,
                                  int64_t count) {
  using Kind = ValueSpec::Kind;
  Random random(seed);
  const auto argument = [&](size_t i) {
    return i < arguments.size() ? static_cast<int64_t>(arguments[i]) : 0;
  };
  if (spec.kind == Kind::kJaggedOffsets)
    return DrawOffsets(family, argument(0), count, random);
  if (spec.kind == Kind::kIncreasing)
    return DrawIncreasing(family, argument(0), argument(1), count, random);
  std::vector<int64_t> values(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    int64_t& value = values[static_cast<size_t>(i)];
    switch (spec.kind) {
      case Kind::kPermutation: value = i; break;
      case Kind::kZeros: value = 0; break;
      case Kind::kOnes: value = 1; break;
      case Kind::kConstant: value = argument(0); break;
      case Kind::kChoice: value = argument(random.Below(arguments.size())); break;
      default:
        value = DrawRandint(family, argument(0), std::max(argument(0), argument(1)),
                            i, random);
    }
  }
  if (spec.kind == Kind::kPermutation) random.Shuffle(values);
  if (spec.kind == Kind::kSorted) std::sort(values.begin(), values.end());
  return values;
}

}  // namespace kernelevolve::worker
