// LlmProposer: kernels from a language model. For each node: a bottleneck
// report from what the judge found, what the knowledge base says about it, one
// prompt; then one answer with a round of repair, or work with tools.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "llm/chat_client.h"
#include "propose/llm/authored.h"
#include "propose/llm/context_memory.h"
#include "propose/llm/conversation.h"
#include "propose/llm/deep_search.h"
#include "propose/llm/example_source.h"
#include "propose/llm/knowledge_source.h"
#include "propose/llm/moves.h"
#include "propose/llm/prompt_builder.h"
#include "propose/llm/tool_specs.h"
#include "propose/proposer.h"

namespace kernelevolve {

struct LlmProposerOptions {
  std::string device_facts;
  std::string abi;
  bool diagnostics = true;  // false: for measuring what they are worth
  bool repair = true;
  bool tools = true;  // where a request has a workbench
  ToolLimits tool_limits;
  int64_t window_tokens = 64 << 10;
  int64_t answer_tokens = 8 << 10;
  std::optional<double> temperature;
  size_t excerpts = 4;  // documents per prompt
};

// What it works with; all outlive it.
struct LlmProposerParts {
  ChatClient& client;
  KnowledgeSource* knowledge = nullptr;  // null: there is none
  const Clock& clock;
  const ContextMemory* context = nullptr;   // null: by rules
  const DeepSearch* search = nullptr;       // null: by rules
  const ExampleSource* examples = nullptr;  // null: none
  Redactor redactor = {};
};

// Thread-safe.
class LlmProposer : public Proposer {
 public:
  LlmProposer(LlmProposerOptions options, LlmProposerParts parts);

  Result<std::optional<Proposal>> Propose(const ProposalRequest& request,
                                          const StopCondition& stop) override;
  void Remember(const Candidate& candidate) override;
  std::string OutOfBudget() const override;

  // Exactly what Propose would send first with sub-agents that work by rules.
  // Pure but for the knowledge source.
  ChatRequest FirstRequest(const ProposalRequest& request) const;
  // kBadInput, naming the window that it takes, where a draft's prompt has no
  // room for what it cannot do without.
  Status CheckWindow(const ProposalRequest& draft) const;
  // At most for one kernel, and for one of its prompts; repeats after failures
  // not counted.
  int64_t MostCalls(const ProposalRequest& request) const;
  int64_t MostPromptTokens(const ProposalRequest& request) const;

 private:
  // What the sub-agents have to say, in `conversation`.
  PromptInputs Gather(const ProposalRequest& request,
                      Conversation& conversation) const;
  PromptInputs InputsFor(const ProposalRequest& request,
                         BottleneckReport report) const;
  // `inputs` with what of the window is a prompt's.
  PromptInputs Fitted(const PromptInputs& inputs, int64_t window_tokens) const;
  ChatRequest RequestFor(const PromptInputs& inputs,
                         int64_t window_tokens) const;
  bool UsesTools(const ProposalRequest& request) const;
  // Whose documents a prompt may quote; null where diagnostics are withheld.
  KnowledgeSource* Knowledge() const;

  Authored Answered(const PromptInputs& inputs, Conversation& conversation);
  Authored Worked(const PromptInputs& inputs, Conversation& conversation);
  ChatResult AskFitting(const PromptInputs& inputs, ChatRequest& chat,
                        Conversation& conversation);
  // The kernel in a text, if nobody has proposed it; claims it.
  tl::expected<Answer, Complaint> Read(const ProposalRequest& request,
                                       const ChatReply& reply,
                                       const Candidate* current);

  const LlmProposerOptions options_;
  const LlmProposerParts parts_;
  Moves moves_;
  std::atomic<bool> native_tools_{true};  // until a provider refuses them
  std::atomic<bool> heard_{false};        // of a model, in this process
  mutable std::mutex mutex_;              // guards the rest
  std::string out_of_budget_;             // or out of recorded answers
};

}  // namespace kernelevolve
