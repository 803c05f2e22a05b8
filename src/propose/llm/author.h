// Author: a language model as a proposer, with all that it stands on: clients,
// keys, budget, knowledge. The `llm` of --proposer.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.h"
#include "core/target_set.h"
#include "llm/chat.h"
#include "propose/author_options.h"
#include "propose/proposer.h"

namespace kernelevolve {

struct AuthorPlace {
  fs::path data;             // holds knowledge/ and include/
  std::string device_facts;  // as measured here
  Spending earlier;          // what the run spent before it was resumed
  const Clock* clock = nullptr;
};

// Whether models, keys and prices are there and go together; makes and opens
// nothing. kBadInput: an unknown model form, price or file. kMissing: no key.
Status CheckAuthor(const AuthorOptions& options, const fs::path& data);

// Writes for all of the targets, on one budget. Errors: as CheckAuthor's, and of
// what it opens.
Result<std::unique_ptr<Proposer>> MakeAuthor(const AuthorOptions& options,
                                             const AuthorPlace& place,
                                             const TargetSet& targets);

// What an author would be told first at a place in the tree, for one who writes
// kernels without being asked by us: no model, key or price is needed.
class AuthorPrompts {
 public:
  virtual ~AuthorPrompts() = default;
  // Thread-safe. The system's message and the user's.
  virtual std::vector<Message> For(const ProposalRequest& request) const = 0;
  // Whether a draft's prompt has room in the window: LlmProposer::CheckWindow.
  virtual Status CheckWindow(const ProposalRequest& draft) const = 0;
};
// `options.models` is not read.
Result<std::unique_ptr<AuthorPrompts>> MakeAuthorPrompts(
    const AuthorOptions& options, const AuthorPlace& place,
    const TargetSet& targets);

}  // namespace kernelevolve
