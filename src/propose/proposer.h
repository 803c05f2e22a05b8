// Proposer: turns a chosen place in the tree into a new candidate.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "core/node.h"
#include "core/prompt_record.h"
#include "core/target.h"
#include "core/task.h"
#include "propose/workbench.h"

namespace kernelevolve {

// What a proposal may know of the search so far (published as the per-node
// memory operator).
enum class Memory {
  kParent,    // the lineage of the parent
  kSiblings,  // the parent and its other children
  kBoth,
  kNone,  // nothing at all: a fresh start, when the search has stalled
};
std::string_view MemoryName(Memory memory);
std::optional<Memory> ParseMemory(std::string_view name);

struct ProposalRequest {
  const Task* task = nullptr;
  const Target* target = nullptr;
  NodeKind kind = NodeKind::kDraft;  // kDraft or kExpand
  const Node* parent = nullptr;      // null for a draft
  // Root first; the parent is the last.
  std::vector<const Node*> ancestors;
  // Other children of the parent, oldest first.
  std::vector<const Node*> siblings;
  Memory memory = Memory::kBoth;
  Workbench* workbench = nullptr;  // null: there is none; outlives the call
  uint64_t seed = 0;  // the whole of the proposal's randomness
  int draft_index = 0;
};

struct Proposal {
  Candidate candidate;  // parameters complete
  std::string origin;
  std::string description;
  // Set where no kernel came of it (an answer that is none): recorded as the
  // node's evaluation, nothing is judged.
  std::optional<Evaluation> failed;
  std::vector<PromptRecord> prompts;  // in order; empty without a model
  // Set where the world failed after prompts were made: as an error of Propose,
  // but that they are kept. There is no candidate then.
  std::optional<Error> trouble;
};

// Called from pool threads, several at once; must be thread-safe. Same request,
// same proposal (for a model: as far as the model is).
class Proposer {
 public:
  virtual ~Proposer() = default;
  // nullopt: nothing new can be made from this place (every mutation tried).
  // Error: the world failed (provider down, recipe folder unreadable).
  virtual Result<std::optional<Proposal>> Propose(const ProposalRequest& request,
                                                  const StopCondition& stop) = 0;
  // A candidate of the run that did not come from Propose in this process: the
  // seed kernel, a node of a resumed run. Called before the first Propose.
  virtual void Remember(const Candidate& candidate) { (void)candidate; }
  // What became of a node that `prompts` made. `parent` may be null.
  virtual void OnJudged(const Node& node, const Node* parent,
                        const std::vector<PromptRecord>& prompts) {
    (void)node, (void)parent, (void)prompts;
  }
  // Of a draft as requested; nullopt where proposals cost nothing.
  virtual std::optional<CallForecast> Forecast(
      const ProposalRequest& request) const {
    (void)request;
    return std::nullopt;
  }
  // nullopt where there is no model.
  virtual std::optional<ModelBook> Book() const { return std::nullopt; }
  // Why no further proposal can be paid for: "" while there is room.
  virtual std::string OutOfBudget() const { return ""; }
};

}  // namespace kernelevolve
