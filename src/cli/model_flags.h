// The flags of `optimize` that a run with a language model takes.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "cli/flags.h"
#include "engine/optimize.h"
#include "propose/author_options.h"

namespace kernelevolve::cli {

struct ModelFlags {
  std::string models, prices, key_file, record, cache, code, memory = "both",
              context = "rules", search = "rules", write_skills;
  std::optional<double> temperature;
  std::optional<int64_t> window, answer, requests_per_minute;
  bool withhold = false, no_tools = false, trust_skills = false;
};

void AddModelFlags(Flags& flags, ModelFlags& model, RunBudget& budget);

// The proposer's name and its model, from --proposer and --model: a model alone
// means llm, `mailbox:DIR` and `replay:FILE` name both. kBadInput where they
// contradict each other, or a value is unknown.
Result<std::string> ProposerOf(const std::string& proposer,
                               const ModelFlags& flags, AuthorOptions& model);

}  // namespace kernelevolve::cli
