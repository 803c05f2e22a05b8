// The one list of proposers, by the name `--proposer` takes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "propose/proposer.h"

namespace kernelevolve {

struct ProposerOptions {
  std::string name = "recipes";
  fs::path data;  // holds knowledge/
};

// kBadInput for an unknown name lists the known ones.
Result<std::unique_ptr<Proposer>> MakeProposer(const ProposerOptions& options,
                                               const Target& target);
std::vector<std::string> ProposerNames();

}  // namespace kernelevolve
