#include "core/prompt_record.h"

namespace kernelevolve {

void Spending::Add(const PromptRecord& record) {
  Add(Spending{record.calls, record.input_tokens, record.cached_tokens,
               record.output_tokens, record.dollars, record.seconds});
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
