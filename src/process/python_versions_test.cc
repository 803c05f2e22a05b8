#include "process/python_versions.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

TEST(PythonVersions, ComparesTwoNumbers) {
  EXPECT_TRUE(IsOlder("2.7.1", "2.11.0"));
  EXPECT_TRUE(IsOlder("1.13", "2.0"));
  EXPECT_FALSE(IsOlder("2.11.0+cu130", "2.11.0"));
  EXPECT_FALSE(IsOlder("2.11.0a0+git", "2.11.4"));
  EXPECT_FALSE(IsOlder("2.12.1", "2.11.0"));
  EXPECT_FALSE(IsOlder("3.0", "2.11.0"));
  EXPECT_FALSE(IsOlder("of my own", "2.11.0"));
}

TEST(PythonVersions, PinsAreThoseOfTheTwo) {
  const auto pins = TorchPins("# torch==1\ntorch==2.11.0\ntorchvision==9\n"
                              "triton==3.6.0\nnumpy==2.3.5\n");
  EXPECT_EQ(pins, (std::map<std::string, std::string>{{"torch", "2.11.0"},
                                                      {"triton", "3.6.0"}}));
}

}  // namespace
}  // namespace kernelevolve
