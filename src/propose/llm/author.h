// Author: a language model as a proposer, with all that it stands on: clients,
// keys, budget, knowledge. The `llm` of --proposer.
#pragma once

#include <memory>

#include "base/clock.h"
#include "core/target.h"
#include "propose/author_options.h"
#include "propose/proposer.h"

namespace kernelevolve {

struct AuthorPlace {
  fs::path data;             // holds knowledge/ and include/
  std::string device_facts;  // as measured here
  Spending earlier;          // what the run spent before it was resumed
  const Clock* clock = nullptr;
};

// kBadInput: an unknown model form, price or file. kMissing: no key.
Result<std::unique_ptr<Proposer>> MakeAuthor(const AuthorOptions& options,
                                             const AuthorPlace& place,
                                             const Target& target);

}  // namespace kernelevolve
