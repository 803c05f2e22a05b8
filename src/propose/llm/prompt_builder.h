// The one universal operator's prompt (paper section 3.2): synthesised for each
// node from the kernel and its history, the context-memory report, retrieved
// knowledge, facts of the device, and the constraints. No templates per
// situation: what stands in it follows from the node.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "llm/chat.h"
#include "propose/llm/bottleneck_report.h"
#include "propose/llm/example_source.h"
#include "propose/llm/excerpts_text.h"
#include "propose/proposer.h"

namespace kernelevolve {

struct PromptInputs {
  const ProposalRequest* request = nullptr;
  BottleneckReport report;
  std::vector<KnowledgeExcerpt> knowledge;  // most relevant first
  std::optional<PromptExample> example;
  std::string device_facts;
  std::string abi;    // what a kernel of this language must look like
  std::string tools;  // how to work with them; "" = there are none
  // Without them a model sees that its kernel failed, but not why: for
  // measuring what diagnostics are worth.
  bool diagnostics = true;
  int64_t window_tokens = 64 << 10;  // of the model, answer included
  int64_t answer_tokens = 8 << 10;
};

// A system and a user message. Pure: equal inputs give equal bytes.
std::vector<Message> BuildPrompt(const PromptInputs& inputs);

// How many tokens the window has too few for what no prompt can do without: the
// task, the rules of the language, the form of the answer.
int64_t MissingTokens(const PromptInputs& inputs);

}  // namespace kernelevolve
