#include "knowledge/instantiate.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "knowledge/language_style.h"
#include "knowledge/tune_lines.h"

namespace kernelevolve {
namespace {

// The reference without its include: the recipe brings what it needs of it.
std::string ReferenceSource(const Task& task) {
  std::vector<std::string> lines;
  const auto it = task.files.find(task.reference_cpp);
  if (it == task.files.end()) return "";
  for (std::string_view line : Split(it->second, '\n')) {
    const bool include = Trim(line).starts_with("#include") &&
                         line.find("reference.h") != std::string_view::npos;
    if (!include) lines.emplace_back(line);
  }
  return Join(lines, "\n");
}

Result<OptionValues> CompleteOptions(const Recipe& recipe,
                                     const OptionValues& chosen) {
  OptionValues options = DefaultOptions(recipe);
  for (const auto& [name, value] : chosen) {
    const auto option =
        std::find_if(recipe.options.begin(), recipe.options.end(),
                     [&](const RecipeOption& o) { return o.name == name; });
    if (option == recipe.options.end() ||
        std::find(option->values.begin(), option->values.end(), value) ==
            option->values.end())
      return BadInput(format("the recipe {} has no option {} = {}", recipe.name,
                             name, value));
    options[name] = value;
  }
  return options;
}

}  // namespace

OptionValues DefaultOptions(const Recipe& recipe) {
  OptionValues options;
  for (const RecipeOption& option : recipe.options)
    options[option.name] = option.values.front();
  return options;
}

Result<std::string> Instantiate(const Recipe& recipe, const RecipeMatch& match,
                                const OptionValues& chosen, const Task& task) {
  ASSIGN_OR_RETURN(const OptionValues options, CompleteOptions(recipe, chosen));
  const std::string mark(StyleOf(recipe.language).comment);
  std::vector<std::string> lines = {
      format("{} {}: {}", mark, recipe.name, recipe.summary)};
  for (std::string_view line : Split(recipe.body, '\n')) {
    const std::string_view text = Trim(line);
    if (text == mark + " ke:bindings")
      lines.push_back(Bindings(recipe, match, options, task));
    else if (text == mark + " ke:reference")
      lines.push_back(ReferenceSource(task));
    else
      lines.emplace_back(line);
  }
  return SettleTuneLines(Join(lines, "\n"),
                         ConditionWords(recipe, match, options, task));
}

}  // namespace kernelevolve
