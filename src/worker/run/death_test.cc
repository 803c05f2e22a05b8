#include "worker/run/death.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace kernelevolve::worker {
namespace {

// An input, an output and a workspace at made-up addresses.
struct Address {
  static constexpr uint64_t kInput = 0x10000000;
  static constexpr uint64_t kOutput = 0x20000000;
  static constexpr uint64_t kWorkspace = 0x30000000;
};

class MemoryFaultTest : public ::testing::Test {
 protected:
  MemoryFaultTest() {
    TensorBinding input, output;
    input.place = Place(1000, 4, PlacementRule::kEndFlush);
    output.place = Place(2000, 4, PlacementRule::kEndFlush);
    output.output = true;
    binding_.tensors = {input, output};
    workspace_ = Place(512, 64, PlacementRule::kEndFlush);
  }

  static uint64_t Start(uint64_t base, const Placement& place) {
    return base + kGuardBytes + place.offset;
  }

  Failure Explain(uint64_t address, bool was_write, int signal = SIGSEGV) const {
    return ExplainMemoryFault({signal, address, was_write}, binding_,
                              {Address::kInput, Address::kOutput},
                              Address::kWorkspace, workspace_,
                              "during a call");
  }

  Binding binding_;
  Placement workspace_;
};

TEST_F(MemoryFaultTest, ReadingPastTheEndNamesTheInput) {
  const Placement& place = binding_.tensors[0].place;
  const uint64_t end = Start(Address::kInput, place) + place.bytes;
  const Failure failure = Explain(end, false);
  EXPECT_EQ(failure.code, Code::kOob);
  EXPECT_EQ(failure.check, "guard_pages");
  EXPECT_EQ(failure.message,
            "read 1 byte past the end of input 0 (the first byte that faulted)");
}

TEST_F(MemoryFaultTest, WritingBeforeTheStartNamesTheOutput) {
  // The payload starts inside its page: an underrun faults further down.
  const uint64_t address = Address::kOutput + kGuardBytes - 4;
  const Failure failure = Explain(address, true);
  EXPECT_EQ(failure.code, Code::kOob);
  EXPECT_EQ(failure.message,
            "wrote 2100 bytes before the start of output 0 (the first byte "
            "that faulted)");
}

TEST_F(MemoryFaultTest, TheFarEndOfTheGuardStillBelongsToItsTensor) {
  const Placement& place = binding_.tensors[1].place;
  const uint64_t last =
      Address::kOutput + 2 * kGuardBytes + place.mapped_bytes - 1;
  EXPECT_EQ(Explain(last, true).code, Code::kOob);
  EXPECT_EQ(Explain(last + 1, true).code, Code::kCrash);
  EXPECT_EQ(Explain(Address::kOutput, true).code, Code::kOob);
  EXPECT_EQ(Explain(Address::kOutput - 1, true).code, Code::kCrash);
}

TEST_F(MemoryFaultTest, AWriteIntoAnInputIsItsMutation) {
  const uint64_t inside = Start(Address::kInput, binding_.tensors[0].place) + 40;
  const Failure failure = Explain(inside, true);
  EXPECT_EQ(failure.code, Code::kInputMutated);
  EXPECT_EQ(failure.check, "read_only_inputs");
  EXPECT_NE(failure.message.find("input 0"), std::string::npos);
  EXPECT_EQ(Explain(inside, false).code, Code::kCrash);
}

TEST_F(MemoryFaultTest, TheWorkspaceHasGuardsToo) {
  const uint64_t end =
      Start(Address::kWorkspace, workspace_) + workspace_.bytes;
  const Failure failure = Explain(end + 7, true);
  EXPECT_EQ(failure.code, Code::kOob);
  EXPECT_EQ(failure.message,
            "wrote 8 bytes past the end of the workspace (the first byte that "
            "faulted)");
}

TEST_F(MemoryFaultTest, ElsewhereItIsACrashWithItsAddress) {
  const Failure failure = Explain(0x8, false);
  EXPECT_EQ(failure.code, Code::kCrash);
  EXPECT_EQ(failure.message, "died of SIGSEGV during a call (address 0x8)");
}

TEST_F(MemoryFaultTest, OtherSignalsHaveNoAddress) {
  const Failure failure = Explain(Address::kInput, false, SIGFPE);
  EXPECT_EQ(failure.code, Code::kCrash);
  EXPECT_EQ(failure.message, "died of SIGFPE during a call");
}

// Before the first Prepare nothing is mapped and every base is unknown.
TEST_F(MemoryFaultTest, UnknownBasesOwnNothing) {
  const Failure failure = ExplainMemoryFault({SIGSEGV, 16, true}, binding_, {},
                                             0, workspace_, "while loading");
  EXPECT_EQ(failure.code, Code::kCrash);
}

ExitReport Died(int signal) {
  ExitReport report;
  report.signal = signal;
  return report;
}

TEST(ExplainExit, EveryWayToDieHasItsCode) {
  EXPECT_EQ(ExplainExit(Died(SIGSYS), "").code, Code::kSandbox);
  EXPECT_EQ(ExplainExit(Died(SIGXFSZ), "").code, Code::kResource);
  EXPECT_EQ(ExplainExit(Died(SIGKILL), "").code, Code::kCrash);
  ExitReport exited;
  exited.exited = true;
  EXPECT_EQ(ExplainExit(exited, "").code, Code::kEarlyExit) << "even with 0";
  ExitReport hung = Died(SIGKILL);
  hung.timed_out = true;
  EXPECT_EQ(ExplainExit(hung, "").code, Code::kTimeout);
}

TEST(ExplainExit, ALimitSpeaksBeforeTheSignal) {
  ExitReport report = Died(SIGKILL);
  report.limit = "memory";
  EXPECT_EQ(ExplainExit(report, "").code, Code::kResource);
  report.limit = "tasks";
  EXPECT_EQ(ExplainExit(report, "").code, Code::kResource);
  report.limit = "cpu time";
  EXPECT_EQ(ExplainExit(report, "").code, Code::kTimeout);
}

TEST(ExplainExit, SaysWhenItHappened) {
  EXPECT_EQ(ExplainExit(Died(SIGILL), "during a call").message,
            "died of SIGILL during a call");
}

}  // namespace
}  // namespace kernelevolve::worker
