#include "knowledge/bindings.h"

#include <optional>
#include <vector>

#include "base/format.h"
#include "base/text.h"
#include "knowledge/language_style.h"

namespace kernelevolve {
namespace {

// "IN_x = 0", "OUT_y = 0"
std::vector<std::string> TensorIndices(const Recipe& recipe,
                                       const RecipeMatch& match) {
  std::vector<std::string> names;
  for (size_t i = 0; i < match.inputs.size(); ++i)
    names.push_back(
        format("IN_{} = {}", recipe.inputs[i].name, match.inputs[i]));
  for (size_t i = 0; i < match.outputs.size(); ++i)
    names.push_back(
        format("OUT_{} = {}", recipe.outputs[i].name, match.outputs[i]));
  return names;
}

// What the task has where the recipe says "float".
std::optional<DType> RealType(const Recipe& recipe, const RecipeMatch& match,
                              const Task& task) {
  for (size_t i = 0; i < match.inputs.size(); ++i)
    if (!recipe.inputs[i].dtype)
      return task.inputs[static_cast<size_t>(match.inputs[i])].dtype;
  for (size_t i = 0; i < match.outputs.size(); ++i)
    if (!recipe.outputs[i].dtype)
      return task.outputs[static_cast<size_t>(match.outputs[i])].dtype;
  return std::nullopt;
}

std::string_view CudaType(DType dtype) {
  if (dtype == DType::kF16) return "__half";
  if (dtype == DType::kBF16) return "__nv_bfloat16";
  return "float";
}

bool AllowsTf32(const Task& task) {
  return task.objective.precision == "tf32";
}

// Options are macros, so that they may steer #if.
std::vector<std::string> CppLines(const Recipe& recipe,
                                  const RecipeMatch& match,
                                  const OptionValues& options) {
  std::vector<std::string> lines;
  for (const RecipeOption& option : recipe.options)
    lines.push_back(
        format("#define {} {}", option.name, options.at(option.name)));
  std::vector<std::string> names = TensorIndices(recipe, match);
  for (size_t i = 0; i < match.attributes.size(); ++i)
    names.push_back(
        format("ATTR_{} = {}", recipe.attributes[i], match.attributes[i]));
  if (!names.empty())
    lines.push_back(
        format("[[maybe_unused]] constexpr int {};", Join(names, ", ")));
  return lines;
}

std::vector<std::string> CudaLines(const Recipe& recipe,
                                   const RecipeMatch& match,
                                   const OptionValues& options,
                                   const Task& task) {
  std::vector<std::string> lines = CppLines(recipe, match, options);
  if (const auto real = RealType(recipe, match, task))
    lines.push_back(format("using Real = {};", CudaType(*real)));
  lines.push_back(format("[[maybe_unused]] constexpr bool ALLOW_TF32 = {};",
                         AllowsTf32(task) ? "true" : "false"));
  return lines;
}

// Attributes arrive by the task's name for them, so the name is what is bound.
std::vector<std::string> PythonLines(const Recipe& recipe,
                                     const RecipeMatch& match,
                                     const OptionValues& options,
                                     const Task& task) {
  std::vector<std::string> lines;
  for (const RecipeOption& option : recipe.options)
    lines.push_back(format("{} = {}", option.name, options.at(option.name)));
  for (std::string& name : TensorIndices(recipe, match))
    lines.push_back(std::move(name));
  for (size_t i = 0; i < match.attributes.size(); ++i)
    lines.push_back(
        format("ATTR_{} = \"{}\"", recipe.attributes[i],
               task.attributes[static_cast<size_t>(match.attributes[i])].name));
  if (const auto real = RealType(recipe, match, task))
    lines.push_back(format("REAL_BYTES = {}", DTypeBytes(*real)));
  lines.push_back(
      format("PRECISION = \"{}\"", AllowsTf32(task) ? "tf32" : "ieee"));
  return lines;
}

}  // namespace

OptionValues ConditionWords(const Recipe& recipe, const RecipeMatch& match,
                            const OptionValues& options, const Task& task) {
  OptionValues words = options;
  words["TF32"] = AllowsTf32(task) ? "1" : "0";
  if (const auto real = RealType(recipe, match, task))
    words["REAL_BYTES"] = std::to_string(DTypeBytes(*real));
  return words;
}

std::string Bindings(const Recipe& recipe, const RecipeMatch& match,
                     const OptionValues& options, const Task& task) {
  switch (StyleOf(recipe.language).style) {
    case BindingStyle::kCpp:
      return Join(CppLines(recipe, match, options), "\n");
    case BindingStyle::kCuda:
      return Join(CudaLines(recipe, match, options, task), "\n");
    case BindingStyle::kPython:
      return Join(PythonLines(recipe, match, options, task), "\n");
  }
  return "";
}

}  // namespace kernelevolve
