// Exchanges with models, as a run keeps them: what was sent, what came back,
// what it cost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kernelevolve {

struct PromptMessage {
  std::string role;  // "system", "user", "assistant", "tool"
  std::string text;
};

// One call of a model. Holds no key: clients never put one into a text.
struct PromptRecord {
  std::string purpose;  // "propose", "repair", "tool", "context", "search"
  std::string provider, model;
  std::vector<PromptMessage> messages;  // the last is the answer, if one came
  int64_t input_tokens = 0, cached_tokens = 0, output_tokens = 0;
  bool estimated = false;  // the provider did not say how many tokens
  double dollars = 0;
  double seconds = 0;  // waited for the answer
  double created_wall_s = 0;
};

// What one kernel is about to cost, before any was made.
struct CallForecast {
  int64_t input_tokens = 0;       // estimated
  int64_t most_output_tokens = 0;
  double most_dollars = 0;
};

// What a run has spent on models, calls in flight not counted.
struct Spending {
  int64_t calls = 0, input_tokens = 0, cached_tokens = 0, output_tokens = 0;
  double dollars = 0;
  double seconds = 0;  // of waiting, summed over calls

  int64_t tokens() const { return input_tokens + output_tokens; }
  void Add(const PromptRecord& record);
};

}  // namespace kernelevolve
