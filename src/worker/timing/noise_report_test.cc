#include "worker/timing/noise_report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/random.h"
#include "base/text.h"

namespace kernelevolve::worker {
namespace {

constexpr size_t kBlocks = 20;
const measure::PrecisionStop::Options kWanted{.relative_error = 0.005};

// Log of a time, by process and block.
using LogTime = std::function<double(size_t, size_t)>;

measure::ShapeTimes Times(size_t processes, const LogTime& candidate,
                          const LogTime& baseline) {
  measure::ShapeTimes shape;
  for (size_t p = 0; p < processes; ++p) {
    measure::ProcessTimes times;
    times.baselines_us.resize(1);
    for (size_t b = 0; b < kBlocks; ++b) {
      times.candidate_us.push_back(100 * std::exp(candidate(p, b)));
      times.baselines_us[0].push_back(100 * std::exp(baseline(p, b)));
    }
    shape.processes.push_back(std::move(times));
  }
  return shape;
}

TimedShapes At(measure::ShapeTimes times) {
  TimedShapes timed;
  timed.shapes.resize(1);
  timed.shapes[0].name = "square";
  timed.times = {std::move(times)};
  timed.panel = {"reference"};
  timed.bounds_us = {0};
  timed.margin = 0.03;
  return timed;
}

class NoiseReport : public testing::Test {
 protected:
  LogTime Noise(double spread) {
    return [this, spread](size_t, size_t) { return spread * random_.Normal(); };
  }
  NoiseSeen See(const measure::ShapeTimes& times) {
    return SeeNoise(At(times), {}, kWanted);
  }
  std::string Notes(const measure::ShapeTimes& times, Stage stage = Stage::kFinal) {
    return Join(NoiseNotes(At(times), stage, See(times)), "\n");
  }
  Random random_{7};
};

TEST_F(NoiseReport, QuietTimesHaveNoNotesAndAreOfWorth) {
  int notes = 0;
  for (int i = 0; i < 200; ++i) {
    const auto times = Times(7, Noise(0.01), Noise(0.01));
    notes += !Notes(times).empty();
    EXPECT_EQ(WhyWorthless(See(times)), "");
  }
  EXPECT_LE(notes, 2);
}

TEST_F(NoiseReport, DriftOfTheRatioIsNotedAndThatOfBothIsNot) {
  const LogTime noise = Noise(0.002);
  const LogTime drifting = [&](size_t p, size_t b) {
    return 0.004 * static_cast<double>(b) + noise(p, b);
  };
  EXPECT_NE(Notes(Times(7, drifting, noise)).find("at square: the ratio"),
            std::string::npos);
  EXPECT_EQ(Notes(Times(7, drifting, drifting)).find("drifts"), std::string::npos);
}

TEST_F(NoiseReport, OneUnluckyProcessIsNoHabit) {
  const LogTime noise = Noise(0.002);
  const LogTime once = [&](size_t p, size_t b) {
    return (p == 2 ? 0.004 * static_cast<double>(b) : 0) + noise(p, b);
  };
  EXPECT_EQ(Notes(Times(7, once, noise)).find("drifts"), std::string::npos);
}

TEST_F(NoiseReport, ASpreadUnlikeTheBaselinesIsNoted) {
  EXPECT_NE(Notes(Times(7, Noise(0.05), Noise(0.005))).find("spread far more"),
            std::string::npos);
  EXPECT_EQ(Notes(Times(7, Noise(0.005), Noise(0.05))).find("spread far more"),
            std::string::npos);
}

TEST_F(NoiseReport, BlocksThatFollowEachOther) {
  const LogTime noise = Noise(0.002);
  const LogTime slow = [&](size_t p, size_t b) {
    return 0.01 * std::sin(static_cast<double>(b) / 2) + noise(p, b);
  };
  EXPECT_NE(Notes(Times(7, slow, noise)).find("neighbouring blocks"),
            std::string::npos);
  // One process, as in a search, says nothing of that.
  EXPECT_EQ(Notes(Times(1, slow, noise), Stage::kSearch).find("neighbouring"),
            std::string::npos);
}

TEST_F(NoiseReport, TwoModesAreBothReported) {
  const LogTime noise = Noise(0.002);
  const LogTime modes = [&](size_t p, size_t b) {
    return (b % 4 == 0 ? 0.3 : 0) + noise(p, b);
  };
  EXPECT_NE(Notes(Times(3, modes, noise)).find("two modes: "), std::string::npos);
  EXPECT_NE(Notes(Times(1, modes, noise), Stage::kSearch).find("two modes: "),
            std::string::npos);
}

TEST_F(NoiseReport, AWideIntervalIsNotedAndAHopelessOneIsWorthNothing) {
  const auto apart = [this](double spread) {
    const LogTime noise = Noise(0.002);
    return Times(3, [=](size_t p, size_t b) {
      return spread * static_cast<double>(p) + noise(p, b);
    }, noise);
  };
  const auto some = apart(0.05);
  EXPECT_NE(Notes(some).find("% wide"), std::string::npos);
  EXPECT_EQ(WhyWorthless(See(some)), "");
  const auto hopeless = apart(0.8);
  EXPECT_NE(WhyWorthless(See(hopeless)).find("may be anything"), std::string::npos);
}

TEST_F(NoiseReport, FarBlocks) {
  const LogTime noise = Noise(0.002);
  const auto every = [&](size_t n) {
    return Times(7, [&, n](size_t p, size_t b) {
      return (b % n == 0 ? 1.0 + 0.5 * static_cast<double>(b) / kBlocks : 0) +
             noise(p, b);
    }, noise);
  };
  EXPECT_LT(See(every(20)).outlier_share, 0.08);
  EXPECT_NEAR(See(every(7)).outlier_share, 0.15, 0.02);
  EXPECT_NE(Notes(every(7)).find("15 % of the blocks"), std::string::npos);
}

// A baseline against itself, off by so much in all processes.
std::vector<measure::ShapeTimes> Twins(const LogTime& noise, double off) {
  return {Times(7, [=](size_t p, size_t b) { return off + noise(p, b); }, noise)};
}

TEST_F(NoiseReport, ABaselineThatDiffersFromItself) {
  const auto times = At(Times(7, Noise(0.01), Noise(0.01)));
  NoiseSeen noise = SeeNoise(times, Twins(Noise(0.01), 0), kWanted);
  ASSERT_TRUE(noise.against_itself);
  EXPECT_NEAR(noise.against_itself->value, 1, 0.01);
  EXPECT_EQ(Join(NoiseNotes(times, Stage::kFinal, noise), "\n"), "");
  noise = SeeNoise(times, Twins(Noise(0.01), 0.1), kWanted);
  EXPECT_NE(Join(NoiseNotes(times, Stage::kFinal, noise), "\n")
                .find("baseline against itself"),
            std::string::npos);
  EXPECT_EQ(WhyWorthless(noise), "");
  noise = SeeNoise(times, Twins(Noise(0.01), 0.6), kWanted);
  EXPECT_NE(WhyWorthless(noise).find("timed against itself"), std::string::npos);
}

TEST_F(NoiseReport, ACanaryThatMoved) {
  const auto times = At(Times(7, Noise(0.01), Noise(0.01)));
  NoiseSeen noise = SeeNoise(times, {}, kWanted);
  noise.canary_before_us = 100;
  noise.canary_after_us = 118;
  EXPECT_EQ(WhyWorthless(noise), "");
  EXPECT_NE(Join(NoiseNotes(times, Stage::kFinal, noise), "\n").find("118.000 us"),
            std::string::npos);
  noise.canary_after_us = 190;
  EXPECT_NE(WhyWorthless(noise).find("constant work"), std::string::npos);
}

TEST_F(NoiseReport, FactsTellWhatWasSeen) {
  const auto times = At(Times(7, Noise(0.1), Noise(0.1)));
  const NoiseSeen noise = SeeNoise(times, Twins(Noise(0.01), 0), kWanted);
  EXPECT_EQ(noise.short_share, 1);  // 0.1 / sqrt(20) is above 0.005
  const auto facts = NoiseFacts(noise);
  EXPECT_EQ(facts[0].name, "outlier_share");
  EXPECT_EQ(facts[2].name, "itself");
  EXPECT_EQ(facts.size(), 5u);
}

TEST_F(NoiseReport, ReportSaysWhatTheIntervalAllows) {
  const LogTime noise = Noise(0.002);
  const auto decision = [&](double off, double spread, Stage stage) {
    Evaluation evaluation;
    ReportTimes(At(Times(7, [&](size_t p, size_t b) {
                  return -off + spread * static_cast<double>(p % 3) + noise(p, b);
                }, noise)),
                stage, &evaluation);
    return evaluation.decision;
  };
  EXPECT_EQ(decision(0.5, 0, Stage::kFinal), Decision::kFaster);
  EXPECT_EQ(decision(-0.5, 0, Stage::kFinal), Decision::kSlower);
  EXPECT_EQ(decision(0, 0, Stage::kFinal), Decision::kSame);
  EXPECT_EQ(decision(0.5, 0.6, Stage::kFinal), Decision::kInconclusive);
  // One process knows nothing of how processes differ.
  EXPECT_EQ(decision(0.06, 0, Stage::kFinal), Decision::kFaster);
  EXPECT_EQ(decision(0.06, 0, Stage::kSearch), Decision::kInconclusive);
}

TEST_F(NoiseReport, ARefusalTakesTheNumbersAway) {
  Evaluation evaluation;
  ReportTimes(At(Times(7, Noise(0.01), Noise(0.01))), Stage::kFinal, &evaluation);
  ASSERT_GT(evaluation.speedup, 0);
  RefuseForNoise("it was loud", &evaluation);
  EXPECT_EQ(evaluation.status, VerdictStatus::kInconclusive);
  EXPECT_EQ(evaluation.code, Code::kNoisy);
  EXPECT_NE(evaluation.message.find("it was loud"), std::string::npos);
  EXPECT_EQ(evaluation.speedup, 0);
  EXPECT_FALSE(evaluation.decision);
  EXPECT_TRUE(evaluation.shapes.empty());
}

}  // namespace
}  // namespace kernelevolve::worker
