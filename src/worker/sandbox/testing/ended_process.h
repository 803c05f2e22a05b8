// A program that has ended by the time it is looked at, for stand-ins of a sandbox.
#pragma once

#include <string>
#include <utility>

#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker::testing {

class EndedProcess : public Sandboxed {
 public:
  explicit EndedProcess(ExitReport report) : report_(std::move(report)) {
    report_.exited = true;
  }
  pid_t pid() const override { return 0; }
  Status Pause() override { return {}; }
  std::chrono::nanoseconds RanWhilePaused() const override { return {}; }
  Status Resume() override { return {}; }
  Result<std::chrono::nanoseconds> CpuTime() const override {
    return std::chrono::nanoseconds();
  }
  Result<uint64_t> ResidentBytes() const override { return 0; }
  std::string Printed() const override { return report_.errors; }
  bool Ended() override { return true; }
  ExitReport Wait(std::chrono::milliseconds) override { return report_; }
  void Kill() override {}

 private:
  ExitReport report_;
};

}  // namespace kernelevolve::worker::testing
