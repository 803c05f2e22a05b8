// What came of asking a model for a kernel, however it was asked.
#pragma once

#include <optional>
#include <string>

#include "llm/chat.h"
#include "propose/llm/answer.h"
#include "propose/proposer.h"

namespace kernelevolve {

struct Authored {
  std::optional<Answer> answer;
  std::string complaint;           // why there is none
  std::string raw;                 // the model's words, or its unused kernel
  std::optional<ChatError> error;  // no answer came
};

// Trouble that the next call would meet as well.
bool EndsTheRun(ChatErrorKind kind);
// No further answer can be had, which is no failure.
bool IsTheEnd(ChatErrorKind kind);

// The kernel to start from; null for a draft, and for a fresh start, which
// forgets it.
const Candidate* ParentShown(const ProposalRequest& request);

Candidate CandidateOf(const ProposalRequest& request, const Answer& answer);

}  // namespace kernelevolve
