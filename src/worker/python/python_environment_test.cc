#include "worker/python/python_environment.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

TEST(FoldersToShow, LeavesOutWhatTheSandboxShows) {
  EXPECT_TRUE(FoldersToShow({"/usr", "/usr/lib/python3", "/lib/x"}).empty());
}

TEST(FoldersToShow, KeepsOuterFoldersOnly) {
  const std::vector<fs::path> expected = {"/opt/python", "/home/a/env"};
  EXPECT_EQ(FoldersToShow({"/opt/python/lib", "/opt/python", "/home/a/env",
                           "/home/a/env/lib/site-packages", "/opt/python"}),
            expected);
  // A name that begins alike is another folder.
  EXPECT_EQ(FoldersToShow({"/opt/py", "/opt/python"}).size(), 2u);
}

TEST(DescribePython, FindsItsOwnFolders) {
  const StopCondition stop;
  const auto python = DescribePython("/usr/bin/env", "/nowhere", stop);
  EXPECT_FALSE(python) << "env is no interpreter";
  const auto real = DescribePython("python3", "/nowhere", stop);
  if (!real) GTEST_SKIP() << real.error().message;
  EXPECT_TRUE(real->program.ends_with("python3") ||
              real->program.find("python") != std::string::npos);
  EXPECT_NE(real->search_path, "");
}

TEST(DescribePython, RefusesFoldersThatHoldOurs) {
  const StopCondition stop;
  const auto python = DescribePython("python3", "/nowhere", stop);
  if (!python || python->binds.empty())
    GTEST_SKIP() << "python3 lives in a system folder";
  const auto refused =
      DescribePython("python3", python->binds[0].host / "data", stop);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kMissing);
}

}  // namespace
}  // namespace kernelevolve::worker
