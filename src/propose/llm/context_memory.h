// ContextMemory: the sub-agent that turns a node's evaluation, profile and
// ancestry into a bottleneck report: a model. Without one, ReportByRules does.
#pragma once

#include <cstdint>

#include "propose/llm/bottleneck_report.h"
#include "propose/llm/conversation.h"

namespace kernelevolve {

// Owned by the author; thread-safe.
class ContextMemory {
 public:
  virtual ~ContextMemory() = default;
  // Calls of a model are made in `conversation`.
  virtual BottleneckReport Report(const ProposalRequest& request,
                                  Conversation& conversation) const = 0;
};

// What the rules found stays in the report; what the model says of it stands
// beside that as data, since a candidate may have led it, and in place of the
// rules' moves. Whatever is wrong with its answer, the report is that of the
// rules alone. A draft has nothing to report.
class ModelContextMemory : public ContextMemory {
 public:
  explicit ModelContextMemory(int64_t window_tokens)
      : window_tokens_(window_tokens) {}
  BottleneckReport Report(const ProposalRequest& request,
                          Conversation& conversation) const override;

 private:
  const int64_t window_tokens_;
};

}  // namespace kernelevolve
