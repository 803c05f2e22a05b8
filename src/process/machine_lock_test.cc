#include "process/machine_lock.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <future>

namespace kernelevolve {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kForEver = std::chrono::hours(1);

class MachineLockTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(folder_);
    ASSERT_EQ(::chmod(folder_->path().c_str(), 01777), 0);
  }
  Result<Fd> Take(milliseconds patience = kForEver) {
    const auto waiting = [this] {
      if (++told_ == 1) first_told_.set_value();
    };
    return TakeMachineLock("lane", waiting, {folder_->path()}, patience);
  }
  // In another thread, and waiting: the lock is held.
  std::future<Result<Fd>> TakeWaiting() {
    auto lock = std::async(std::launch::async,
                           [this] { return Take(milliseconds(0)); });
    first_told_.get_future().wait();
    return lock;
  }
  fs::path File() const { return folder_->path() / "kernelevolve-lane"; }

  Result<TempFolder> folder_ = TempFolder::Create("machine-lock");
  std::atomic<int> told_ = 0;
  std::promise<void> first_told_;
};

TEST_F(MachineLockTest, AllUsersMayOpenIt) {
  const mode_t before = ::umask(077);
  const auto lock = Take();
  ::umask(before);
  ASSERT_TRUE(lock) << lock.error().message;
  struct stat found {};
  ASSERT_EQ(::stat(File().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0666u);
  EXPECT_EQ(told_, 0);
}

TEST_F(MachineLockTest, WhoWaitsIsToldOnceAndThenHasIt) {
  auto first = Take();
  ASSERT_TRUE(first);
  auto second = TakeWaiting();
  EXPECT_EQ(second.wait_for(milliseconds(0)), std::future_status::timeout);
  first->Reset();
  EXPECT_TRUE(second.get());
  EXPECT_EQ(told_, 1);
}

TEST_F(MachineLockTest, WhoHasItInTimeIsNotTold) {
  auto first = Take();
  ASSERT_TRUE(first);
  auto second = std::async(std::launch::async, [&] { return Take(); });
  EXPECT_EQ(second.wait_for(milliseconds(50)), std::future_status::timeout);
  first->Reset();
  EXPECT_TRUE(second.get());
  EXPECT_EQ(told_, 0);
}

TEST_F(MachineLockTest, OneThatWasRemovedMeanwhileIsTakenAnew) {
  auto first = Take();
  ASSERT_TRUE(first);
  auto second = TakeWaiting();
  fs::remove(File());
  first->Reset();
  ASSERT_TRUE(second.get());
  EXPECT_TRUE(fs::exists(File()));
}

TEST_F(MachineLockTest, LinksAndPipesAreNoLocks) {
  const fs::path other = folder_->path() / "other";
  ASSERT_TRUE(WriteFileAtomic(other, "precious"));
  fs::create_symlink(other, File());
  EXPECT_FALSE(Take());
  fs::remove(File());
  fs::create_hard_link(other, File());
  EXPECT_FALSE(Take());
  fs::remove(File());
  ASSERT_EQ(::mkfifo(File().c_str(), 0666), 0);
  EXPECT_FALSE(Take());
  EXPECT_EQ(ReadFile(other).value_or(""), "precious");
}

TEST_F(MachineLockTest, AFolderOfOneUserIsNotTaken) {
  ASSERT_EQ(::chmod(folder_->path().c_str(), 0700), 0);
  const auto lock = Take();
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, ErrorCode::kMissing);
}

}  // namespace
}  // namespace kernelevolve
