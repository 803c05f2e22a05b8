#include "worker/gpu/candidate/spare_core.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker::gpu {
namespace {

TEST(SpareCoreTest, CountsTasksThatWantACore) {
  EXPECT_EQ(OtherTasks("1.50 1.14 0.80 3/412 26927\n"), 2);
  EXPECT_EQ(OtherTasks("0.00 0.00 0.00 1/80 9\n"), 0) << "the reader itself";
}

TEST(SpareCoreTest, KnowsNothingOfOtherText) {
  for (const char* text : {"", "1.50 1.14", "a b c d", "0 0 0 0/80 9"})
    EXPECT_EQ(OtherTasks(text), -1) << text;
}

TEST(SpareCoreTest, NoCoresAreNoneToSpare) { EXPECT_FALSE(CoreToSpare(0)); }

}  // namespace
}  // namespace kernelevolve::worker::gpu
