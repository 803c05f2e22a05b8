#include "cli/in_order.h"

#include <gtest/gtest.h>

#include "base/format.h"

namespace kernelevolve::cli {
namespace {

TEST(InOrderTest, OutcomesStandWhereTheirItemsDo) {
  InOrder<size_t> squares(50, 4, [](size_t i) -> Result<size_t> {
    if (i == 7) return BadInput("seven");
    return i * i;
  });
  for (size_t i = 0; i < 50; ++i) {
    const Result<size_t> square = squares.Wait(i);
    if (i == 7)
      EXPECT_EQ(square.error().message, "seven");
    else
      EXPECT_EQ(*square, i * i);
  }
}

TEST(InOrderTest, SoManyAreInHandAtOnce) {
  std::mutex mutex;
  std::condition_variable changed;
  size_t in_hand = 0;
  InOrder<bool> all(3, 3, [&](size_t) -> Result<bool> {
    std::unique_lock lock(mutex);
    ++in_hand;
    changed.notify_all();
    return changed.wait_for(lock, std::chrono::seconds(60),
                            [&] { return in_hand == 3; });
  });
  for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(*all.Wait(i));
}

TEST(InOrderTest, WhatNobodyHasBegunIsLeftOut) {
  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;
  std::atomic<int> begun = 0;
  {
    InOrder<int> all(1000, 1, [&](size_t) -> Result<int> {
      ++begun;
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return ended; });
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      return 0;
    });
    while (begun == 0) std::this_thread::yield();
    const std::lock_guard lock(mutex);
    ended = true;
    changed.notify_all();
  }
  EXPECT_LT(begun, 1000);
}

TEST(InOrderTest, NothingIsDoneAtOnce) {
  InOrder<int> none(0, 4, [](size_t) -> Result<int> { return 0; });
}

}  // namespace
}  // namespace kernelevolve::cli
