#include "engine/machine_here.h"

#include <gtest/gtest.h>

#include "eval/testing/toy_task.h"

namespace kernelevolve {
namespace {

TEST(MachineHere, TellsWhatTheGreetingDoesNot) {
  wire::Hello hello;
  hello.version = "0.1.0";
  hello.device = "a CPU (2 cores)";
  hello.toolchain = "g++ 1";
  const MachineRecord machine =
      DescribeMachine(hello, "cpu", StopCondition());
  EXPECT_EQ(machine.device, hello.device);
  EXPECT_EQ(machine.toolchain, hello.toolchain);
  EXPECT_NE(machine.cpu, "");
  EXPECT_EQ(machine.packages, "");
  // With the digest of the worker's program, where it has been built.
  EXPECT_TRUE(machine.judge.starts_with("0.1.0"));
  EXPECT_EQ(DescribeMachine(hello, "cpu", StopCondition()).judge,
            machine.judge);
}

TEST(MachineHere, ACpuIsAlwaysHere) {
  const auto here = HasDeviceOf(ToyTarget(), StopCondition());
  ASSERT_TRUE(here);
  EXPECT_TRUE(*here);
}

}  // namespace
}  // namespace kernelevolve
