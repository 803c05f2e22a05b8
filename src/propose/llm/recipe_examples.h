// RecipeExamples: the recipes that fit a task, as examples for its drafts.
#pragma once

#include "knowledge/recipe_index.h"
#include "propose/llm/example_source.h"

namespace kernelevolve {

// Owned by the author; immutable. Every second draft gets one, each another,
// best fit first; the others start from nothing, so that no recipe anchors them
// all.
class RecipeExamples : public ExampleSource {
 public:
  explicit RecipeExamples(RecipeIndex index) : index_(std::move(index)) {}
  std::optional<PromptExample> For(
      const ProposalRequest& request) const override;

 private:
  const RecipeIndex index_;
};

}  // namespace kernelevolve
