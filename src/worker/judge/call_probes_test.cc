#include "worker/judge/call_probes.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

std::vector<float> Numbers(int count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) values[static_cast<size_t>(i)] = static_cast<float>(i);
  return values;
}

uint8_t* Bytes(std::vector<float>& values) {
  return reinterpret_cast<uint8_t*>(values.data());
}

// Seals `count` numbers, looks at them, and opens them twice.
template <typename Look>
void SealAndOpen(int count, Look look) {
  const std::vector<float> truth = Numbers(count);
  for (uint64_t seed = 0; seed < 50; ++seed) {
    std::vector<float> values = truth;
    Random random(seed);
    SealedElements sealed;
    sealed.Seal(Bytes(values), count, sizeof(float), random);
    look(values, truth);
    sealed.Open();
    EXPECT_EQ(values, truth);
    sealed.Open();
    EXPECT_EQ(values, truth);
  }
}

TEST(SealedElements, HoldOtherValuesUntilOpened) {
  SealAndOpen(1000, [](const auto& values, const auto& truth) {
    EXPECT_NE(values, truth);
  });
}

TEST(SealedElements, ComeBackWherePlacesMeet) {
  SealAndOpen(2, [](const auto&, const auto&) {});
}

TEST(SealedElements, OneElementCannotTradePlaces) {
  std::vector<float> values = {3};
  Random random(1);
  SealedElements sealed;
  sealed.Seal(Bytes(values), 1, sizeof(float), random);
  EXPECT_EQ(values[0], 3);
}

TEST(ReturnSample, SeesWhatIsWrittenLater) {
  std::vector<float> values = Numbers(100);
  Random random(7);
  ReturnSample sample;
  sample.Choose(Bytes(values), 100, sizeof(float), random);
  EXPECT_FALSE(sample.Changed()) << "nothing was taken yet";
  sample.Take();
  EXPECT_FALSE(sample.Changed());
  for (size_t i = 50; i < 100; ++i) values[i] = -1;
  EXPECT_TRUE(sample.Changed());
}

TEST(ReturnSample, EmptyTensorsNeverChange) {
  Random random(7);
  ReturnSample sample;
  sample.Choose(nullptr, 0, sizeof(float), random);
  sample.Take();
  EXPECT_FALSE(sample.Changed());
}

}  // namespace
}  // namespace kernelevolve::worker
