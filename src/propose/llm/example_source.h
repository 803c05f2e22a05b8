// Where a draft's prompt may take a kernel from to begin with.
#pragma once

#include <optional>
#include <string>

#include "propose/proposer.h"

namespace kernelevolve {

struct PromptExample {
  std::string title;
  std::string language, source;
};

// Thread-safe. Same request, same example.
class ExampleSource {
 public:
  virtual ~ExampleSource() = default;
  // nullopt for most requests: an example anchors whoever reads it.
  virtual std::optional<PromptExample> For(
      const ProposalRequest& request) const = 0;
};

}  // namespace kernelevolve
