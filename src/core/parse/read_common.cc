#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "core/expression_tree.h"
#include "core/parse/draft.h"
#include "core/parse/names.h"

namespace kernelevolve::parse {
namespace {

constexpr size_t kMaxDims = 32;

bool IsDimName(std::string_view name) {
  return expression::IsIdentifier(name) && !expression::IsReservedWord(name) &&
         name != "name" && name != "weight" && name != "for" &&
         name != "attributes";
}

void ReadDims(TableReader& top, Draft& draft) {
  const size_t before = top.mistakes().size();
  if (!top.Raw("dims")) top.Mistake("dims", "an array of names of dims");
  for (const std::string& name : top.Texts("dims")) {
    std::vector<std::string>& dims = draft.task.dims;
    if (!IsDimName(name))
      top.Mistake(
          "dims", format("\"{}\"", Sanitize(name, 64)),
          format("{}, and none of name weight for attributes and or not "
                 "true false min max ceildiv in when",
                 kIdentifierRule));
    else if (std::find(dims.begin(), dims.end(), name) != dims.end())
      top.Mistake("dims", format("\"{}\" twice", name), "each name once");
    else if (dims.size() == kMaxDims)
      return top.Mistake("dims", "more", format("at most {} dims", kMaxDims));
    else
      dims.push_back(name);
  }
  draft.dims_sound = top.mistakes().size() == before;
}

}  // namespace

void ReadNames(TableReader& top, Draft& draft) {
  std::vector<std::string> taken;
  draft.task.name =
      ReadName(top, expression::IsIdentifier, kIdentifierRule, taken);
  draft.task.summary = top.Text("summary").value_or("");
  draft.task.operator_family = top.Text("operator").value_or(draft.task.name);
  if (!expression::IsIdentifier(draft.task.operator_family) &&
      top.Raw("operator"))
    top.Mistake("operator", std::string(kIdentifierRule));
  ReadDims(top, draft);
}

std::string ReadName(TableReader& reader, bool (*valid)(std::string_view),
                     std::string_view rule, std::vector<std::string>& taken) {
  const auto name = reader.RequiredText("name", rule);
  if (!name) return "";
  if (!valid(*name)) {
    reader.Mistake("name", std::string(rule));
    return "";
  }
  if (std::find(taken.begin(), taken.end(), *name) != taken.end())
    reader.Mistake("name", format("\"{}\" a second time", *name),
                   "a name of its own");
  taken.push_back(*name);
  return *name;
}

std::optional<Expression> ReadExpression(TableReader& reader,
                                         const TomlValue& value,
                                         const std::string& key,
                                         const Draft& draft) {
  const std::string path = reader.Path(key);
  if (value.kind == TomlValue::Kind::kInteger)
    return Expression::Constant(value.integer);
  if (value.kind != TomlValue::Kind::kString) {
    reader.mistakes().Add(&value, value.line, path,
                          "a whole number or an expression over dims");
    return std::nullopt;
  }
  Result<Expression> expression = Expression::Parse(value.text);
  if (!expression) {
    reader.mistakes().Add(
        &value, value.line, path,
        "an expression over dims; " + expression.error().message);
    return std::nullopt;
  }
  const std::vector<std::string>& dims = draft.task.dims;
  for (const std::string& name : expression->names()) {
    if (!draft.dims_sound ||
        std::find(dims.begin(), dims.end(), name) != dims.end())
      continue;
    const std::string nearest = Nearest(name, dims);
    reader.mistakes().Add(
        value.line, path, format("\"{}\", which is no dim", name),
        nearest.empty() ? "one of " + Join(dims, ", ") : "\"" + nearest + "\"");
    return std::nullopt;
  }
  return *std::move(expression);
}

void LimitCount(TableReader& top, const std::string& key,
                std::vector<TableReader>& entries, size_t most) {
  if (entries.size() <= most) return;
  top.Mistake(key, format("{} entries", entries.size()),
              format("at most {}", most));
  entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(most),
                entries.end());
}

}  // namespace kernelevolve::parse
