#include "propose/recipe_choice.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

std::string JoinNumbers(const std::vector<int>& numbers) {
  std::vector<std::string> texts;
  for (int number : numbers) texts.push_back(std::to_string(number));
  return Join(texts, ",");
}

// The part of the origin that names recipe and binding.
std::string WayText(const RankedMatch& way) {
  std::string text = "recipe " + way.recipe->name;
  if (!way.match.inputs.empty())
    text += " inputs " + JoinNumbers(way.match.inputs);
  if (!way.match.outputs.empty())
    text += " outputs " + JoinNumbers(way.match.outputs);
  return text;
}

// Appends every way to change exactly `changes` options at or after `first`.
void AppendChanges(const RecipeChoice& base, size_t first, size_t changes,
                   size_t limit, std::vector<RecipeChoice>& found) {
  if (found.size() >= limit) return;
  if (changes == 0) return found.push_back(base);
  const std::vector<RecipeOption>& options = base.way->recipe->options;
  for (size_t i = first; i + changes <= options.size(); ++i)
    for (const std::string& value : options[i].values) {
      if (value == base.options.at(options[i].name)) continue;
      RecipeChoice changed = base;
      changed.options[options[i].name] = value;
      AppendChanges(changed, i + 1, changes - 1, limit, found);
    }
}

}  // namespace

std::string OriginText(const RecipeChoice& choice) {
  std::string text = WayText(*choice.way);
  for (const auto& [name, value] : choice.options)
    text += format(" {}={}", name, value);
  return text;
}

std::optional<RecipeChoice> ParseOrigin(std::string_view origin,
                                        const std::vector<RankedMatch>& ways) {
  for (const RankedMatch& way : ways) {
    const std::string prefix = WayText(way);
    if (!origin.starts_with(prefix)) continue;
    std::string_view rest = origin.substr(prefix.size());
    if (!rest.empty() && rest[0] != ' ') continue;
    RecipeChoice choice{&way, DefaultOptions(*way.recipe)};
    for (std::string_view word : Split(Trim(rest), ' ')) {
      const size_t equals = word.find('=');
      if (equals == std::string_view::npos) continue;
      const auto it = choice.options.find(std::string(word.substr(0, equals)));
      if (it != choice.options.end()) it->second = word.substr(equals + 1);
    }
    return choice;
  }
  return std::nullopt;
}

std::vector<RecipeChoice> SingleMutations(const RecipeChoice& choice) {
  std::vector<RecipeChoice> found;
  AppendChanges(choice, 0, 1, SIZE_MAX, found);
  return found;
}

std::vector<RecipeChoice> OptionCombinations(const RankedMatch& way,
                                             size_t limit) {
  const RecipeChoice base{&way, DefaultOptions(*way.recipe)};
  std::vector<RecipeChoice> found;
  for (size_t changes = 1; changes <= way.recipe->options.size(); ++changes)
    AppendChanges(base, 0, changes, limit, found);
  return found;
}

std::string DescribeChange(const RecipeChoice& parent,
                           const RecipeChoice& made) {
  if (parent.way->recipe != made.way->recipe)
    return format("{} in place of {}", made.way->recipe->name,
                  parent.way->recipe->name);
  std::vector<std::string> changes;
  if (parent.way != made.way) changes.push_back("other arguments");
  for (const auto& [name, value] : made.options)
    if (parent.options.at(name) != value)
      changes.push_back(
          format("{} {} → {}", name, parent.options.at(name), value));
  return Join(changes, ", ");
}

}  // namespace kernelevolve
