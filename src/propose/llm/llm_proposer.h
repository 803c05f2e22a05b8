// LlmProposer: kernels from a language model. For each node: a bottleneck
// report from what the judge found, what the knowledge base says about it, one
// prompt, one answer, one round of repair.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "llm/chat_client.h"
#include "propose/llm/conversation.h"
#include "propose/llm/knowledge_source.h"
#include "propose/proposer.h"

namespace kernelevolve {

struct LlmProposerOptions {
  std::string device_facts;
  std::string abi;
  bool diagnostics = true;  // false: for measuring what they are worth
  bool repair = true;
  int64_t window_tokens = 64 << 10;
  int64_t answer_tokens = 8 << 10;
  std::optional<double> temperature;
  size_t excerpts = 4;  // documents per prompt
};

// What it works with; all outlive it. `knowledge` may be null.
struct LlmProposerParts {
  ChatClient& client;
  KnowledgeSource* knowledge = nullptr;
  const Clock& clock;
  PriceOf price;
};

// Thread-safe.
class LlmProposer : public Proposer {
 public:
  LlmProposer(LlmProposerOptions options, LlmProposerParts parts);

  Result<std::optional<Proposal>> Propose(const ProposalRequest& request,
                                          const StopCondition& stop) override;
  void Remember(const Candidate& candidate) override;
  std::string OutOfBudget() const override;

  // Exactly what Propose would send first. Pure but for the knowledge source.
  ChatRequest FirstRequest(const ProposalRequest& request) const;

 private:
  // The model's kernel, or why there is none: a complaint to repair by, a
  // failed node, or an error that ends the run.
  struct Attempted;
  Attempted Try(const ProposalRequest& request, ChatRequest chat,
                Conversation& conversation);
  ChatResult AskFitting(const ProposalRequest& request, ChatRequest& chat,
                        Conversation& conversation);
  // "" for a kernel nobody has proposed yet; claims it.
  std::string RepeatComplaint(const ProposalRequest& request,
                              const Candidate& candidate);
  ChatRequest RequestFor(const ProposalRequest& request,
                         int64_t window_tokens) const;

  const LlmProposerOptions options_;
  const LlmProposerParts parts_;
  mutable std::mutex mutex_;
  std::set<std::string> moves_;  // MoveDigest of all that was proposed
  std::string out_of_budget_;  // or out of recorded answers
};

}  // namespace kernelevolve
