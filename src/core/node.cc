#include "core/node.h"

#include <array>

#include "base/check.h"

namespace kernelevolve {

static constexpr std::array<std::string_view, 4> kKindNames = {
    "seed", "draft", "expand", "tune"};

std::string_view NodeKindName(NodeKind kind) {
  const auto index = static_cast<size_t>(kind);
  CHECK(index < kKindNames.size());
  return kKindNames[index];
}

std::optional<NodeKind> ParseNodeKind(std::string_view name) {
  for (size_t i = 0; i < kKindNames.size(); ++i)
    if (kKindNames[i] == name) return static_cast<NodeKind>(i);
  return std::nullopt;
}

}  // namespace kernelevolve
