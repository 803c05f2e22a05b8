#include "worker/gpu/judge/late_writes.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker::gpu {
namespace {

// Writes once it has been let run `needs` times, and ends after `ends`.
class Sleeper : public KernelProcess {
 public:
  explicit Sleeper(int needs, int ends = 1000) : needs_(needs), ends_(ends) {}

  bool usable() const override { return true; }
  Verdictless Prepare(const KernelCall&, BindReport*) override { return {}; }
  Verdictless Run(std::chrono::nanoseconds, double*) override { return {}; }
  Verdictless Time(const TimeRequest&, std::chrono::nanoseconds,
                   std::vector<TimeSample>*) override { return {}; }
  Verdictless LetRun(std::chrono::nanoseconds) override {
    if (++ran_ < ends_) return std::nullopt;
    return Failure{Code::kEarlyExit, "it has ended", "", ""};
  }

  bool Late() {
    const auto late = StillWrites(*this, 7, [this]() -> Result<uint64_t> {
      return ran_ >= needs_ ? 8 : 7;
    });
    return late && *late;
  }

 private:
  const int needs_, ends_;
  int ran_ = 0;
};

TEST(StillWrites, WhatIsWrittenWithinFiveSecondsIsLate) {
  EXPECT_TRUE(Sleeper(0).Late());
  EXPECT_TRUE(Sleeper(199).Late());
  EXPECT_FALSE(Sleeper(400).Late()) << "it never writes";
}

TEST(StillWrites, WhatHasEndedWritesNoMore) {
  EXPECT_FALSE(Sleeper(10, 5).Late());
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
