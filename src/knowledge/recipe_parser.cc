#include "knowledge/recipe_parser.h"

#include <algorithm>
#include <optional>

#include "base/format.h"
#include "base/text.h"
#include "knowledge/language_style.h"

namespace kernelevolve {
namespace {

struct Directive {
  std::string_view keyword, rest;
};

// "// ke:input x f32 [N]" → {"input", "x f32 [N]"}.
std::optional<Directive> DirectiveIn(std::string_view line,
                                     std::string_view comment) {
  line = Trim(line);
  if (!line.starts_with(comment)) return std::nullopt;
  std::string_view text = Trim(line.substr(comment.size()));
  if (!text.starts_with("ke:")) return std::nullopt;
  text.remove_prefix(3);
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  return Directive{text.substr(0, end), Trim(text.substr(end))};
}

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  for (std::string_view word : Split(text, ' '))
    if (!Trim(word).empty()) words.emplace_back(Trim(word));
  return words;
}

std::optional<RecipeTag> ParseTag(std::string_view name) {
  if (name == "constant") return RecipeTag::kConstant;
  if (name == "sorted") return RecipeTag::kSorted;
  if (name == "increasing") return RecipeTag::kIncreasing;
  if (name == "offsets") return RecipeTag::kOffsets;
  if (name == "permutation") return RecipeTag::kPermutation;
  return std::nullopt;
}

// Splits at commas outside parentheses: "R * 2, max(A, B)".
std::vector<std::string_view> ShapeEntries(std::string_view list) {
  std::vector<std::string_view> entries;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '(') ++depth;
    if (list[i] == ')') --depth;
    if (list[i] != ',' || depth > 0) continue;
    entries.push_back(Trim(list.substr(begin, i - begin)));
    begin = i + 1;
  }
  if (!Trim(list).empty()) entries.push_back(Trim(list.substr(begin)));
  return entries;
}

Status ParseShape(std::string_view list, RecipeTensor& tensor) {
  std::vector<std::string_view> entries = ShapeEntries(list);
  if (!entries.empty() && entries[0] == "...") {
    tensor.leading = true;
    entries.erase(entries.begin());
  }
  for (std::string_view entry : entries) {
    ASSIGN_OR_RETURN(Expression expression, Expression::Parse(entry));
    tensor.shape.push_back(std::move(expression));
  }
  return {};
}

// "x f32 [..., C] constant"
Result<RecipeTensor> ParseTensor(std::string_view text, bool input) {
  const size_t open = text.find('['), close = text.rfind(']');
  const std::vector<std::string> head = Words(text.substr(0, open));
  if (open == std::string_view::npos || close == std::string_view::npos ||
      close < open || head.size() != 2)
    return BadInput("expected NAME DTYPE [SHAPE] TAG…");
  RecipeTensor tensor;
  tensor.name = head[0];
  tensor.dtype = ParseDType(head[1]);
  if (!tensor.dtype && head[1] != "float")
    return BadInput(format("found dtype {}, expected float or one of {}",
                           head[1], DTypeNames()));
  RETURN_IF_ERROR(ParseShape(text.substr(open + 1, close - open - 1), tensor));
  for (const std::string& word : Words(text.substr(close + 1))) {
    const std::optional<RecipeTag> tag = ParseTag(word);
    if (!tag || !input)
      return BadInput(
          format("found tag {}, expected constant, sorted, "
                 "increasing, offsets or permutation on an input",
                 word));
    tensor.tags.push_back(*tag);
  }
  return tensor;
}

// "ROWS in {1, 2, 4}"
Result<RecipeOption> ParseOption(std::string_view text) {
  const size_t open = text.find('{'), close = text.rfind('}');
  const std::vector<std::string> head = Words(text.substr(0, open));
  if (open == std::string_view::npos || close != text.size() - 1 ||
      head.size() != 2 || head[1] != "in")
    return BadInput("expected NAME in {VALUE, …}");
  RecipeOption option;
  option.name = head[0];
  for (std::string_view value :
       Split(text.substr(open + 1, close - open - 1), ','))
    option.values.emplace_back(Trim(value));
  for (const std::string& value : option.values)
    if (value.empty() ||
        std::count(option.values.begin(), option.values.end(), value) > 1)
      return BadInput("expected values that differ");
  return option;
}

// One directive into the recipe. True if its line belongs to the body.
Result<bool> Apply(const Directive& directive, Recipe& recipe) {
  const auto& [keyword, rest] = directive;
  if (keyword == "tune" || keyword == "bindings" || keyword == "reference")
    return true;
  if (keyword == "recipe") {
    recipe.name = rest;
  } else if (keyword == "summary") {
    recipe.summary = rest;
  } else if (keyword == "any-signature") {
    recipe.any_signature = true;
  } else if (keyword == "attribute") {
    recipe.attributes.emplace_back(rest);
  } else if (keyword == "calls") {
    for (std::string& word : Words(rest)) recipe.calls.push_back(word);
  } else if (keyword == "input") {
    ASSIGN_OR_RETURN(RecipeTensor tensor, ParseTensor(rest, true));
    recipe.inputs.push_back(std::move(tensor));
  } else if (keyword == "output") {
    ASSIGN_OR_RETURN(RecipeTensor tensor, ParseTensor(rest, false));
    recipe.outputs.push_back(std::move(tensor));
  } else if (keyword == "option") {
    ASSIGN_OR_RETURN(RecipeOption option, ParseOption(rest));
    recipe.options.push_back(std::move(option));
  } else {
    return BadInput(format("unknown directive ke:{}", keyword));
  }
  return false;
}

bool IsName(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '_';
         });
}

Status CheckWhole(const Recipe& recipe) {
  if (!IsName(recipe.name)) return BadInput("ke:recipe NAME is missing");
  if (recipe.any_signature) {
    if (!recipe.inputs.empty() || !recipe.outputs.empty())
      return BadInput("ke:any-signature excludes ke:input and ke:output");
    return {};
  }
  if (recipe.outputs.empty()) return BadInput("no ke:output");
  if (recipe.body.find("ke:bindings") == std::string::npos)
    return BadInput("no ke:bindings");
  return {};
}

}  // namespace

Result<Recipe> ParseRecipe(std::string_view text, const std::string& file,
                           const std::string& language) {
  Recipe recipe;
  recipe.language = language;
  const std::string_view comment = StyleOf(language).comment;
  int number = 0;
  for (std::string_view line : Split(text, '\n')) {
    ++number;
    const std::optional<Directive> directive = DirectiveIn(line, comment);
    if (directive) {
      const Result<bool> keep = Apply(*directive, recipe);
      if (!keep)
        return BadInput(
            format("{}:{}: {}", file, number, keep.error().message));
      if (!*keep) continue;
    }
    recipe.body += line;
    recipe.body += '\n';
  }
  // Split saw an empty line after the last newline.
  if (text.ends_with('\n')) recipe.body.pop_back();
  if (const Status whole = CheckWhole(recipe); !whole)
    return BadInput(format("{}: {}", file, whole.error().message));
  return recipe;
}

}  // namespace kernelevolve
