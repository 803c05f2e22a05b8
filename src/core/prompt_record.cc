#include "core/prompt_record.h"

namespace kernelevolve {

void Spending::Add(const PromptRecord& record) {
  calls += record.calls;
  input_tokens += record.input_tokens;
  cached_tokens += record.cached_tokens;
  output_tokens += record.output_tokens;
  dollars += record.dollars;
  seconds += record.seconds;
}

Spending ModelBook::committed() const {
  Spending sum = spent;
  sum.Add(reserved);
  return sum;
}

void Spending::Add(const Spending& other) {
  calls += other.calls;
  input_tokens += other.input_tokens;
  cached_tokens += other.cached_tokens;
  output_tokens += other.output_tokens;
  dollars += other.dollars;
  seconds += other.seconds;
}

}  // namespace kernelevolve
