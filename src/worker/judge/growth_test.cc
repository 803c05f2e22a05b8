#include "worker/judge/growth.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

constexpr uint64_t kKiB = 1024;

// What is said of a row whose process holds `use(call)` after each call.
template <typename Use>
std::string Grown(int calls, Use use) {
  GrowthWatch watch;
  for (int call = 1; call <= calls; ++call)
    if (call <= 10 || call % 2 == 0) watch.Note(call, use(call));
  return watch.WhatGrows().value_or("");
}

uint64_t InSteps(uint64_t bytes, uint64_t step) {
  return (bytes + step - 1) / step * step;
}

// A heap of one process: pages as they are touched, address space in larger steps.
ProcessUse Leaking(int call, uint64_t per_call, uint64_t touched) {
  const auto calls = static_cast<uint64_t>(call);
  ProcessUse use;
  use.resident_bytes = (5 << 20) + InSteps(calls * touched, 4 * kKiB);
  use.data_bytes = (9 << 20) + InSteps(calls * per_call, 132 * kKiB);
  use.descriptors = 7;
  use.threads = 1;
  return use;
}

TEST(Growth, ALeakOfAnyKindShows) {
  const auto leak = [](int calls, uint64_t bytes, uint64_t touched) {
    return Grown(calls, [&](int call) { return Leaking(call, bytes, touched); });
  };
  EXPECT_NE(leak(1100, kKiB, kKiB).find("memory grew steadily"), std::string::npos);
  EXPECT_NE(leak(1100, kKiB, 0), "");  // what nobody touches counts as well
  EXPECT_NE(leak(1100, 0, kKiB), "");  // nor does it help that it was mapped before
  EXPECT_NE(leak(80, 16 * kKiB, 4 * kKiB), "");
  EXPECT_NE(leak(34, 16 * kKiB, 4 * kKiB), "");
  EXPECT_NE(leak(250, 16 * kKiB, 0), "");
}

TEST(Growth, CountedThingsGrowToo) {
  const auto row = [](int calls, int ProcessUse::*number, int most, int one_in = 1) {
    return Grown(calls, [&](int call) {
      ProcessUse use = Leaking(call, 0, 0);
      use.*number = std::min(most, use.*number + call / one_in);
      return use;
    });
  };
  // Limits of the process end it.
  EXPECT_NE(row(250, &ProcessUse::descriptors, 256).find("open descriptors"),
            std::string::npos);
  EXPECT_NE(row(1300, &ProcessUse::descriptors, 256), "");
  EXPECT_NE(row(250, &ProcessUse::threads, 64).find("threads"), std::string::npos);
  EXPECT_NE(row(80, &ProcessUse::descriptors, 256, 4), "");
  EXPECT_EQ(row(250, &ProcessUse::descriptors, 12), "");
  EXPECT_EQ(row(250, &ProcessUse::threads, 8), "");
}

TEST(Growth, WhatSettlesIsNoLeak) {
  EXPECT_EQ(Grown(1100, [](int call) { return Leaking(call, 0, 0); }), "");
  // A pool that fills for the first third of the row, and a late arena.
  EXPECT_EQ(Grown(300, [](int call) {
              return Leaking(std::min(call, 100), 64 * kKiB, 64 * kKiB);
            }), "");
  EXPECT_EQ(Grown(300, [](int call) {
              ProcessUse use = Leaking(call, 0, 0);
              use.data_bytes += call > 200 ? 64 << 20 : 0;
              use.resident_bytes += call > 200 ? 2 << 20 : 0;
              return use;
            }), "");
  // Up and down.
  EXPECT_EQ(Grown(300, [](int call) {
              return Leaking(call * 7919 % 64, 1 << 20, 1 << 20);
            }), "");
  // A page now and then.
  EXPECT_EQ(Grown(1100, [](int call) { return Leaking(call, 64, 64); }), "");
  // A hundred threads that are about to end when one looks.
  EXPECT_EQ(Grown(200, [](int call) {
              ProcessUse use = Leaking(call, 0, 0);
              if (call == 200) use.threads = 100;
              return use;
            }), "");
}

TEST(Growth, AShortRowTellsNothing) {
  EXPECT_EQ(GrowthWatch().WhatGrows(), std::nullopt);
  EXPECT_EQ(Grown(14, [](int call) { return Leaking(call, 1 << 20, 1 << 20); }), "");
}

}  // namespace
}  // namespace kernelevolve::worker
