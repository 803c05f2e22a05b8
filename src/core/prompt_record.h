// Exchanges with models, as a run keeps them: what was sent, what came back,
// what it cost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kernelevolve {

struct PromptMessage {
  // "system", "user", "assistant", "tool"; "offered": a tool with its schema.
  std::string role;
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
  // Attempts that reached a provider, repeats after failures included; 0 where
  // nothing was asked: the budget refused, or a cache answered.
  int64_t calls = 1;
};

// What was spent on models, by a run or for a node.
struct Spending {
  int64_t calls = 0, input_tokens = 0, cached_tokens = 0, output_tokens = 0;
  double dollars = 0;
  double seconds = 0;  // of waiting, summed over calls

  int64_t tokens() const { return input_tokens + output_tokens; }
  void Add(const PromptRecord& record);
  void Add(const Spending& other);
  bool operator==(const Spending&) const = default;
};

// The one book of what models cost a run.
struct ModelBook {
  Spending spent;
  Spending reserved;  // calls in flight, at their worst

  // What the run has spent if it dies now: a server may go on by itself.
  Spending committed() const;
};

// What the first call for a kernel is about to cost, before any was made.
struct CallForecast {
  int64_t input_tokens = 0;  // estimated
  int64_t most_output_tokens = 0;
  double most_dollars = 0;
  // For one kernel, repeats after failures not counted, and to what a prompt may
  // grow meanwhile.
  int64_t most_calls = 1;
  int64_t most_input_tokens = 0;
};

}  // namespace kernelevolve
