#include "worker/sandbox/layers.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

TEST(LayersTest, LeavesOutWhatIsNamed) {
  const auto layers = LayersWithout({"pid", "seccomp"});
  ASSERT_TRUE(layers);
  EXPECT_FALSE(layers->pid);
  EXPECT_FALSE(layers->seccomp);
  EXPECT_TRUE(layers->user);
  EXPECT_TRUE(layers->mount);
}

TEST(LayersTest, RefusesAnUnknownName) {
  const auto layers = LayersWithout({"pids"});
  ASSERT_FALSE(layers);
  EXPECT_EQ(layers.error().code, ErrorCode::kBadInput);
  EXPECT_NE(layers.error().message.find("'pids'"), std::string::npos);
}

TEST(LayersTest, UnsafeKeepsLimitsOnly) {
  const LayerSet layers = UnsafeLayers();
  EXPECT_TRUE(layers.rlimits);
  EXPECT_TRUE(layers.environment);
  EXPECT_FALSE(layers.user);
  EXPECT_FALSE(layers.cgroup);
  EXPECT_FALSE(layers.seccomp);
}

}  // namespace
}  // namespace kernelevolve::worker
