// RunSummary: how a run ended, and what it found.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/file.h"
#include "core/node.h"
#include "core/prompt_record.h"

namespace kernelevolve {

// How one language of a run fared in its search.
struct LanguageCount {
  int64_t nodes = 0, accepted = 0;
  double best = 0;  // search-stage speedup

  void Count(const Node& node);
};

struct RunSummary {
  std::string run;  // the run folder's name
  fs::path folder;
  std::string state;  // RunRecord::state
  std::string reason;  // of the termination: "nodes", "minutes", "exhausted", …
  bool waiting = false;  // interrupted, for results from elsewhere
  int64_t nodes = 0, accepted = 0;
  std::map<Code, int64_t> failures;
  std::map<std::string, LanguageCount> languages;
  double elapsed_s = 0;
  JudgeTime judging;
  Spending spending;  // on models
  // Answers of a recording that were given to other words than those of now.
  int64_t stand_ins = 0;
  std::string proposer;
  // Of the latest node that was not accepted: "node 3: REJECT CONTRACT: …".
  std::string last_failure;
  // The winner, as its search stage saw it, and the two stages after. Only
  // `final` is ever reported; an interrupted run may have none.
  std::optional<Node> best;
  std::optional<Evaluation> confirmed;
  std::optional<Evaluation> final;
  int confirmed_candidates = 0;
  // Final stages that were run; more than one means that earlier winners were
  // rejected there.
  int finals_spent = 0;
  fs::path best_kernel;  // "" without an accepted node

  // The evaluation of the latest stage the best has been through.
  const Evaluation* BestEvaluation() const;
  // Takes note of a node that was not accepted.
  void SetLastFailure(const Node& node);
};

}  // namespace kernelevolve
