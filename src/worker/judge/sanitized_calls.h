// What runners/cpp/sanitized_main.cc reads and writes. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "worker/judge/call_outputs.h"
#include "worker/judge/input_case.h"

namespace kernelevolve::worker {

struct SanitizedCase {
  InputCase input_case;
  InputSet inputs;
};

// The file of these cases, each to be called `calls` times. Outputs are filled with
// PoisonWord(dtype, output) before each.
std::string DescribeCases(const Task& task, const std::vector<SanitizedCase>& cases,
                          int64_t calls);
uint64_t SanitizedPoison(const Task& task, size_t output);
// Bytes of all outputs of these cases.
uint64_t OutputBytes(const Task& task, const std::vector<SanitizedCase>& cases);

// The outputs of one case in `data`, which outlives it.
class SanitizedOutputs : public CallOutputs {
 public:
  // From byte `*at` on, which is moved behind them.
  SanitizedOutputs(const Task& task, const ShapeCase& shape, const std::string& data,
                   uint64_t* at);
  const uint8_t* Output(size_t index) const override { return outputs_[index]; }
  int64_t OutputElements(size_t index) const override;
  uint64_t PoisonPattern(size_t index) const override;
  std::optional<std::string> BrokenCanary() const override { return std::nullopt; }
  bool WroteAfterReturn() const override { return false; }

 private:
  const Task& task_;
  const ShapeCase& shape_;
  std::vector<const uint8_t*> outputs_;
};

}  // namespace kernelevolve::worker
