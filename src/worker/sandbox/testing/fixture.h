// What tests of the sandbox share: a sandbox, and a program to run in it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker::testing {

// build/bin/sandbox_probe, beside the test program.
inline fs::path ProbeProgram() {
  return fs::read_symlink("/proc/self/exe").parent_path() / "sandbox_probe";
}

// A spec that runs `sandbox_probe WORDS…` as a candidate would run.
inline SandboxSpec ProbeSpec(const std::vector<std::string>& words) {
  SandboxSpec spec;
  spec.argv = {"/ke/worker"};
  spec.argv.insert(spec.argv.end(), words.begin(), words.end());
  spec.binds = {{ProbeProgram(), "/ke/worker"}};
  return spec;
}

// A spec that runs a shell as a build would run.
inline SandboxSpec ShellSpec(const std::string& script) {
  SandboxSpec spec;
  spec.argv = {"/usr/bin/sh", "-c", script};
  spec.profile = SyscallProfile::kBuild;
  return spec;
}

class SandboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = MakeSandbox({});
    ASSERT_TRUE(made) << made.error().message;
    sandbox_ = *std::move(made);
  }

  std::unique_ptr<Sandboxed> Launch(const SandboxSpec& spec) {
    auto launched = sandbox_->Launch(spec);
    EXPECT_TRUE(launched) << launched.error().message;
    return launched ? *std::move(launched) : nullptr;
  }

  // Runs to its end; the limit only keeps a broken test from hanging.
  ExitReport Run(const SandboxSpec& spec) {
    auto program = Launch(spec);
    return program ? program->Wait(std::chrono::seconds(30)) : ExitReport();
  }

  std::unique_ptr<Sandbox> sandbox_;
};

}  // namespace kernelevolve::worker::testing
