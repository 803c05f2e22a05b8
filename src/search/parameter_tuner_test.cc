#include "search/parameter_tuner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>

#include "base/check.h"

namespace kernelevolve {
namespace {

TuneSpace Space(const std::string& source) {
  Result<TuneSpace> space = ParseTuneSpace(source);
  CHECK(space.has_value());
  return *std::move(space);
}

TuneSpace Tiles() {
  return Space(
      "// ke:tune M = 8 in {1, 2, 4, 8, 16, 32, 64} when M * N <= 512\n"
      "// ke:tune N = 8 in {1, 2, 4, 8, 16, 32, 64}\n"
      "// ke:tune UNROLL = 1 in {1, 2, 4, 8}\n"
      "// ke:tune PACK = false in {false, true}\n");
}

double Log2(const ParameterValues& values, const char* name) {
  return std::log2(std::stod(values.at(name)));
}

// Best at M = 32, N = 16, UNROLL = 4, PACK = true, where it is 1.
double Tiled(const ParameterValues& values) {
  const double m = Log2(values, "M") - 5, n = Log2(values, "N") - 4,
               unroll = Log2(values, "UNROLL") - 2;
  const double pack = values.at("PACK") == "true" ? 0 : 0.3;
  return std::exp(-0.1 * m * m - 0.1 * n * n - 0.05 * unroll * unroll - pack);
}

struct TuneResult {
  double best = 0;
  std::vector<ParameterValues> asked;
};

TuneResult Tune(ParameterTuner& tuner, int steps,
                const std::function<double(const ParameterValues&)>& fitness) {
  TuneResult result;
  for (int step = 0; step < steps; ++step) {
    const auto values = tuner.Ask();
    if (!values) break;
    result.asked.push_back(*values);
    result.best = std::max(result.best, fitness(*values));
    tuner.Tell(*values, fitness(*values));
  }
  return result;
}

TEST(ParameterTuner, FindsThePlantedBestInAFewSweeps) {
  const TuneSpace space = Tiles();
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    ParameterTuner tuner(space, space.Defaults(), Tiled(space.Defaults()),
                         seed);
    // Of 7 * 7 * 4 * 2 = 392 combinations.
    EXPECT_DOUBLE_EQ(Tune(tuner, 25, Tiled).best, 1) << "seed " << seed;
  }
}

TEST(ParameterTuner, NeverRepeatsAndNeverBreaksAConstraint) {
  const TuneSpace space = Tiles();
  ParameterTuner tuner(space, space.Defaults(), 0.1, 1);
  const TuneResult result = Tune(tuner, 1000, Tiled);
  std::set<ParameterValues> distinct(result.asked.begin(), result.asked.end());
  distinct.insert(space.Defaults());
  EXPECT_EQ(distinct.size(), result.asked.size() + 1);
  for (const ParameterValues& values : result.asked)
    EXPECT_TRUE(space.Admits(values));
}

TEST(ParameterTuner, TriesEveryCombinationBeforeItIsExhausted) {
  const TuneSpace space = Tiles();
  int admitted = 0;
  for (int m = 1; m <= 64; m *= 2)
    for (int n = 1; n <= 64; n *= 2) admitted += m * n <= 512 ? 8 : 0;
  ParameterTuner tuner(space, space.Defaults(), 0.1, 1);
  const TuneResult result = Tune(tuner, 1000, Tiled);
  EXPECT_EQ(static_cast<int>(result.asked.size()) + 1, admitted);
  EXPECT_TRUE(tuner.Exhausted());
  EXPECT_EQ(tuner.Ask(), std::nullopt);
}

TEST(ParameterTuner, SameSeedSameSequence) {
  const TuneSpace space = Tiles();
  ParameterTuner a(space, space.Defaults(), 0.1, 7);
  ParameterTuner b(space, space.Defaults(), 0.1, 7);
  EXPECT_EQ(Tune(a, 300, Tiled).asked, Tune(b, 300, Tiled).asked);
}

TEST(ParameterTuner, SeveralMayBeInFlight) {
  const TuneSpace space = Tiles();
  ParameterTuner tuner(space, space.Defaults(), Tiled(space.Defaults()), 1);
  std::set<ParameterValues> in_flight;
  for (int i = 0; i < 8; ++i) {
    const auto values = tuner.Ask();
    ASSERT_TRUE(values.has_value());
    EXPECT_TRUE(in_flight.insert(*values).second);
  }
  for (const ParameterValues& values : in_flight)
    tuner.Tell(values, Tiled(values));
  EXPECT_DOUBLE_EQ(Tune(tuner, 25, Tiled).best, 1);
}

TEST(ParameterTuner, GoesOnInTheDirectionThatHelped) {
  const TuneSpace space = Space("// ke:tune N = 0 in {0, 1, 2, 3, 4, 5, 6, 7}");
  ParameterTuner tuner(space, space.Defaults(), 1, 1);
  const auto climb = [](const ParameterValues& values) {
    return 1 + std::stod(values.at("N"));
  };
  const TuneResult result = Tune(tuner, 3, climb);
  // Strides of three, then one step for the last.
  EXPECT_EQ(result.asked[0].at("N"), "3");
  EXPECT_EQ(result.asked[1].at("N"), "6");
  EXPECT_EQ(result.asked[2].at("N"), "7");
}

TEST(ParameterTuner, FailuresAreLeftBehind) {
  const TuneSpace space = Tiles();
  const auto fragile = [](const ParameterValues& values) {
    return Log2(values, "UNROLL") > 1 ? 0 : Tiled(values);
  };
  ParameterTuner tuner(space, space.Defaults(), fragile(space.Defaults()), 1);
  EXPECT_NEAR(Tune(tuner, 40, fragile).best, std::exp(-0.05), 1e-12);
}

TEST(ParameterTuner, ACorrectedBestGivesWayToTheNext) {
  const TuneSpace space = Space("// ke:tune N = 0 in {0, 1, 2, 3, 4, 5, 6, 7}");
  ParameterTuner tuner(space, {{"N", "3"}}, 5, 1);
  tuner.Tell({{"N", "6"}}, 9);
  tuner.Tell({{"N", "6"}}, 0);  // a later stage rejected it
  // Moves start from 3 again: 0 and 6 (told) are a stride of three away.
  EXPECT_EQ(tuner.Ask()->at("N"), "0");
}

TEST(ParameterTuner, AChildStartsWithWhatItsParentLearnt) {
  const TuneSpace space = Tiles();
  ParameterTuner parent(space, space.Defaults(), Tiled(space.Defaults()), 1);
  Tune(parent, 40, Tiled);
  ParameterTuner child(space, space.Defaults(), 1, 2), other = child;
  child.Inherit(parent);
  EXPECT_EQ(child.SinceGain(), parent.SinceGain());
  ParameterTuner stranger(Space("// ke:tune K = 1 in {1, 2}"), {{"K", "1"}}, 1,
                          3);
  other.Inherit(stranger);
  EXPECT_EQ(other.SinceGain(), 0);
}

TEST(ParameterTuner, NothingToTuneIsExhaustedAtOnce) {
  ParameterTuner tuner(TuneSpace{}, {}, 1, 1);
  EXPECT_TRUE(tuner.Exhausted());
  EXPECT_EQ(tuner.Ask(), std::nullopt);
}

}  // namespace
}  // namespace kernelevolve
