// When a disassembler starts, and for how long. A real one stands in PATH or
// beside Triton; what it would say, a stand-in says.
#include "worker/gpu/candidate/sass_text.h"

#include <gtest/gtest.h>

#include "worker/sandbox/testing/ended_process.h"

namespace kernelevolve::worker::gpu {
namespace {

class Disassembler : public testing::EndedProcess {
 public:
  explicit Disassembler(int* alive) : EndedProcess(Says("FFMA")), alive_(alive) {
    ++*alive_;
  }
  ~Disassembler() override { --*alive_; }

 private:
  static ExitReport Says(const char* text) {
    ExitReport report;
    report.output = text;
    return report;
  }

  int* alive_;
};

class CountingSandbox : public Sandbox {
 public:
  Result<std::unique_ptr<Sandboxed>> Launch(const SandboxSpec&) override {
    ++started;
    return std::make_unique<Disassembler>(&alive);
  }
  int started = 0, alive = 0;
};

class DisassembliesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    machine_.sandbox = &sandbox_;
    if (!sass_.Start(machine_, "an image")) GTEST_SKIP() << "no nvdisasm here";
    sandbox_.started = 0;
  }

  CountingSandbox sandbox_;
  Machine machine_;
  SassText sass_;
};

TEST_F(DisassembliesTest, WhatHasBegunIsNotDoneAgain) {
  Disassemblies images(machine_, sass_, 90);
  images.Begin("one");
  images.Begin("one");
  EXPECT_EQ(images.Text("one").value_or(""), "FFMA");
  EXPECT_EQ(sandbox_.started, 1);
}

TEST_F(DisassembliesTest, WhatHasNotBegunIsDoneWhenAskedFor) {
  Disassemblies images(machine_, sass_, 90);
  images.Begin("one");
  EXPECT_EQ(images.Text("two").value_or(""), "FFMA");
  EXPECT_EQ(sandbox_.started, 2);
}

TEST_F(DisassembliesTest, BeginsWithFewAtOnce) {
  Disassemblies images(machine_, sass_, 90);
  for (const char* image : {"one", "two", "three", "four"}) images.Begin(image);
  EXPECT_EQ(sandbox_.alive, 2);
  EXPECT_EQ(images.Text("four").value_or(""), "FFMA");
}

TEST_F(DisassembliesTest, NoneOutlivesItsCandidate) {
  {
    Disassemblies images(machine_, sass_, 90);
    images.Begin("one");
    EXPECT_EQ(sandbox_.alive, 1);
  }
  EXPECT_EQ(sandbox_.alive, 0);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
