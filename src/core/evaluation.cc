#include "core/evaluation.h"

#include "base/check.h"

namespace kernelevolve {

static constexpr std::array<std::string_view, 3> kStageNames = {
    "search", "confirm", "final"};

std::string_view StageName(Stage stage) {
  const auto index = static_cast<size_t>(stage);
  CHECK(index < kStageNames.size());
  return kStageNames[index];
}

std::optional<Stage> ParseStage(std::string_view name) {
  for (size_t i = 0; i < kStageNames.size(); ++i)
    if (kStageNames[i] == name) return static_cast<Stage>(i);
  return std::nullopt;
}

}  // namespace kernelevolve
