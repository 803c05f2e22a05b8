// The one list of proposers, by the name `--proposer` takes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "core/target_set.h"
#include "propose/author_options.h"
#include "propose/proposer.h"

namespace kernelevolve {

struct ProposerOptions {
  std::string name = "recipes";
  fs::path data;  // holds knowledge/
  AuthorOptions author;
  std::string device_facts;    // as measured here, for prompts
  Spending earlier;            // what a resumed run has spent
  const Clock* clock = nullptr;  // outlives the proposer
};

// Whether MakeProposer has what it needs; makes and opens nothing. kBadInput for
// an unknown name lists the known ones; else as CheckAuthor's.
Status CheckProposer(const ProposerOptions& options);

// Errors: as CheckProposer's, and of what it opens.
Result<std::unique_ptr<Proposer>> MakeProposer(const ProposerOptions& options,
                                               const TargetSet& targets);
std::vector<std::string> ProposerNames();

}  // namespace kernelevolve
