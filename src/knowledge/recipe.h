// Recipe: a parametrised kernel for a pattern of tensors, usable without a
// model. docs/recipes.md describes the file format.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/dtype.h"
#include "core/expression.h"

namespace kernelevolve {

// What a recipe may demand of an input beyond dtype and shape.
enum class RecipeTag {
  kConstant,
  kSorted,
  kIncreasing,
  kOffsets,
  kPermutation
};

struct RecipeTensor {
  std::string name;
  // Absent where the recipe says "float": f32, f16 or bf16, the same wherever
  // it says so.
  std::optional<DType> dtype;
  // "[..., C]": any number of leading dims, the same in every tensor that says
  // so.
  bool leading = false;
  std::vector<Expression> shape;  // over the recipe's symbols
  std::vector<RecipeTag> tags;    // inputs only
};

// A choice of structure: a macro or a global of the instantiated source.
struct RecipeOption {
  std::string name;
  std::vector<std::string> values;  // the first is the default
};

struct Recipe {
  std::string name;
  std::string summary;
  std::string language;
  std::vector<RecipeTensor> inputs, outputs;
  std::vector<std::string> attributes;
  std::vector<std::string> calls;  // functions one expects in the reference
  std::vector<RecipeOption> options;
  // Fits every task whose floating tensors are f32: splices in its reference.
  bool any_signature = false;
  // What follows the directives, with the markers ke:bindings, ke:reference and
  // the ke:tune lines still in it.
  std::string body;
};

}  // namespace kernelevolve
