// Kills the real loop with SIGKILL. bench/kill_run does it a hundred times.
#include <gtest/gtest.h>

#include <cstdlib>

#include "engine/testing/kill_run.h"

namespace kernelevolve {
namespace {

TEST(Kill, LosesNoRecordedNodeAndRecordsNoneTwice) {
  KillOptions options;
  options.child = {fs::read_symlink("/proc/self/exe").string(), "--toy-run"};
  const auto report = KillAndResume(options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_GE(report->kills, 1);
  EXPECT_EQ(report->nodes, options.nodes);
  EXPECT_GT(report->announced, 0);
  EXPECT_EQ(report->lost, 0);
  EXPECT_EQ(report->twice, 0);
  EXPECT_EQ(report->judged_again, 0);
}

}  // namespace
}  // namespace kernelevolve

// Started as "… --toy-run FOLDER NODES" this program is the run, else the
// tests.
int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "--toy-run")
    return kernelevolve::RunToyChild(argv[2], std::atoll(argv[3]));
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
