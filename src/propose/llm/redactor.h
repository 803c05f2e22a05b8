// Redactor: the last look at what is sent to a model. No key of ours is in it,
// whoever quoted one: a compiler's error, a log, a candidate.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "llm/chat.h"
#include "llm/secret.h"

namespace kernelevolve {

// Owned by the author; immutable, hence thread-safe.
class Redactor {
 public:
  Redactor() = default;
  explicit Redactor(std::vector<Secret> keys) : keys_(std::move(keys)) {}

  std::string Clean(std::string text) const;
  ChatRequest Clean(ChatRequest request) const;

 private:
  std::vector<Secret> keys_;
};

}  // namespace kernelevolve
