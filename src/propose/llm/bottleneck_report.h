// The context-memory sub-agent's product: from a node's evaluation, profile and
// ancestry, what holds it back, what that suggests, and what to look up.
#pragma once

#include <string>
#include <vector>

#include "core/target.h"
#include "knowledge/docs/situation.h"
#include "propose/llm/attempts.h"

namespace kernelevolve {

struct BottleneckReport {
  std::string headline;               // one line: what limits it now
  std::vector<std::string> evidence;  // figures that say so, messages
  std::vector<std::string> moves;     // what is worth trying, best first
  std::vector<std::string> thoughts;  // what a model says of all that
  Situation situation;                // what to look up

  // For a prompt: evidence and thoughts as data, since they quote candidates and
  // compilers; headline and moves are words of ours.
  std::string ToText() const;
};

// The deterministic implementation: rules over verdict codes and profile
// classes. `request.parent` may be null: a draft's situation.
BottleneckReport ReportByRules(const ProposalRequest& request);

}  // namespace kernelevolve
