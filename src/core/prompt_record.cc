#include "core/prompt_record.h"

namespace kernelevolve {

void Spending::Add(const PromptRecord& record) {
  ++calls;
  input_tokens += record.input_tokens;
  cached_tokens += record.cached_tokens;
  output_tokens += record.output_tokens;
  dollars += record.dollars;
  seconds += record.seconds;
}

}  // namespace kernelevolve
