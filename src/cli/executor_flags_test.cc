#include "cli/executor_flags.h"

#include <gtest/gtest.h>

namespace kernelevolve::cli {
namespace {

void ExpectRefused(const ExecutorFlags& flags, const std::string& word) {
  const auto refused = ChooseExecutor(flags, "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
  EXPECT_NE(refused.error().message.find(word), std::string::npos);
}

TEST(ChooseExecutor, IsLocalUnlessAFolderIsNamed) {
  EXPECT_TRUE(ChooseExecutor({}, "")->bundles.folder.empty());
  EXPECT_TRUE(ChooseExecutor({"local", {}, {}}, "")->bundles.folder.empty());
  const auto bundle = ChooseExecutor({"bundle:/media/stick", 7, 2.5}, "");
  ASSERT_TRUE(bundle);
  EXPECT_EQ(bundle->bundles.folder, "/media/stick");
  EXPECT_EQ(bundle->bundles.bundle_size, 7u);
  EXPECT_EQ(bundle->bundles.wait_minutes, 2.5);
}

TEST(ChooseExecutor, RefusesWhatItDoesNotKnow) {
  ExpectRefused({"slurn", {}, {}}, "bundle:DIR");
  ExpectRefused({"locally", {}, {}}, "locally");
  ExpectRefused({"bundle:", {}, {}}, "no folder");
  ExpectRefused({"", 7, {}}, "--executor bundle:DIR");
}

TEST(ChooseExecutor, AResumedRunRemembersItsFolder) {
  const auto folder = TempFolder::Create("executor");
  const auto work_dir = WorkDir::Create(folder->path() / "run");
  ASSERT_TRUE(work_dir);
  const SystemClock clock;
  ASSERT_TRUE(MakeBundleExecutor({folder->path() / "exchange", 5, 0}, *work_dir,
                                 clock));
  // What makes it a run.
  ASSERT_TRUE(WriteFileAtomic(work_dir->database(), ""));
  const auto choice = ChooseExecutor({}, work_dir->root().string());
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->bundles.folder, folder->path() / "exchange");
  EXPECT_EQ(choice->bundles.bundle_size, 5u);
  const auto local = ChooseExecutor({"local", {}, {}},
                                    work_dir->root().string());
  EXPECT_TRUE(local->bundles.folder.empty());
}

}  // namespace
}  // namespace kernelevolve::cli
