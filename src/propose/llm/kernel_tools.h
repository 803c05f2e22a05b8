// KernelTools: what a model's tool calls do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "propose/llm/authored.h"
#include "propose/llm/bench_tools.h"
#include "propose/llm/knowledge_source.h"
#include "propose/llm/moves.h"
#include "propose/llm/tool_arguments.h"
#include "propose/llm/workspace.h"

namespace kernelevolve {

struct KernelToolsParts {
  const ProposalRequest& request;        // with a workbench
  const Situation& situation;            // what the knowledge is searched for
  KnowledgeSource* knowledge = nullptr;  // null: no search_knowledge
  Moves& moves;
};

// Of one proposal, one thread. Its parts outlive it.
class KernelTools {
 public:
  KernelTools(KernelToolsParts parts, bool diagnostics, int evaluations);

  const std::vector<ToolSpec>& specs() const { return specs_; }
  // What to tell the model of its call, which may be any nonsense. An error
  // only where the run is being stopped.
  Result<std::string> Run(const ToolCall& call, const StopCondition& stop);
  // Equal for calls that would do and find the same.
  std::string Fingerprint(const ToolCall& call) const;

  const std::optional<Answer>& submitted() const { return submitted_; }
  // The kernel being worked on, if it differs from the parent's; for answers
  // that edit it.
  std::optional<Candidate> Current() const;
  // That kernel as the answer of a model that never handed it in: it must build
  // and be new.
  tl::expected<Answer, Complaint> Unsubmitted(const StopCondition& stop);
  // The last kernel that is known to build and not known to be wrong, if it is
  // new; asks nobody.
  std::optional<Answer> Built();

 private:
  const ToolSpec* Find(const std::string& name) const;
  Result<std::string> Dispatch(const std::string& name,
                               const ToolArguments& arguments,
                               const StopCondition& stop);
  std::string Read(const std::string& which) const;
  std::string Search(const ToolArguments& arguments) const;
  Result<std::string> AskBench(const std::string& name,
                               const StopCondition& stop);
  std::string Submit(const std::string& plan);

  const KernelToolsParts parts_;
  const bool diagnostics_;
  const std::vector<ToolSpec> specs_;
  Workspace workspace_;
  BenchTools bench_;
  std::optional<Answer> submitted_, built_;
};

}  // namespace kernelevolve
