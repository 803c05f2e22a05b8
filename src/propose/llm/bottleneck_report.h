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
  std::vector<std::string> evidence;  // figures that say so
  std::vector<std::string> moves;     // what is worth trying, best first
  std::vector<std::string> failed;    // what was tried in vain, in short
  Situation situation;                // what to look up

  // For a prompt. One line each: what a candidate or a compiler said cannot
  // begin a section of its own.
  std::string ToText() const;
};

// The deterministic implementation: rules over verdict codes and profile
// classes. `request.parent` may be null: a draft's situation.
BottleneckReport ReportByRules(const ProposalRequest& request);

}  // namespace kernelevolve
