#include "eval/scratch_folder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

namespace kernelevolve {
namespace {

class ScratchFolderTest : public testing::Test {
 protected:
  ScratchFolderTest() : temporary_(*TempFolder::Create("scratch_test")) {
    ::setenv("TMPDIR", temporary_.path().c_str(), 1);
  }
  ~ScratchFolderTest() override { ::unsetenv("TMPDIR"); }
  const TempFolder temporary_;
};

TEST_F(ScratchFolderTest, RemovesWhatTheDeadLeftAndNothingElse) {
  const fs::path dead = temporary_.path() / "kernelevolve-scratch.dead";
  const fs::path young = temporary_.path() / "kernelevolve-scratch.young";
  const fs::path other = temporary_.path() / "other";
  for (const fs::path& folder : {dead, young, other})
    ASSERT_TRUE(MakeFolders(folder / "inside"));
  ASSERT_TRUE(WriteFileAtomic(dead / "lock", ""));
  ASSERT_TRUE(WriteFileAtomic(other / "lock", ""));
  const auto first = ScratchFolder::Create();
  ASSERT_TRUE(first);
  const auto second = ScratchFolder::Create();
  ASSERT_TRUE(second);
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(young));
  EXPECT_TRUE(fs::exists(other));
  EXPECT_TRUE(fs::exists(first->path()));
}

TEST_F(ScratchFolderTest, ManyMayBeginAtOnce) {
  constexpr int kThreads = 4, kEach = 50;
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&] {
        for (int j = 0; j < kEach; ++j) {
          const auto scratch = ScratchFolder::Create();
          failed += !scratch || !fs::exists(scratch->path());
        }
      });
  }
  EXPECT_EQ(failed, 0);
}

TEST_F(ScratchFolderTest, IsRemovedInTheEnd) {
  fs::path path;
  {
    auto scratch = ScratchFolder::Create();
    ASSERT_TRUE(scratch);
    path = scratch->path();
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace kernelevolve
