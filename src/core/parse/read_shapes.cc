#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "base/text.h"
#include "core/expression_tree.h"
#include "core/parse/draft.h"
#include "core/parse/names.h"

namespace kernelevolve::parse {
namespace {

constexpr size_t kMaxAttributes = 64;
constexpr size_t kMaxShapes = 256;
constexpr int64_t kMaxDim = int64_t{1} << 40;

void ReadOverrides(TableReader& reader, const Draft& draft, ShapeCase& shape) {
  auto overrides = reader.Table("attributes");
  if (!overrides) return;
  for (const AttributeSpec& attribute : draft.task.attributes)
    if (const auto value = overrides->Number(attribute.name))
      shape.attributes[attribute.name] = *value;
  overrides->Finish();
}

ShapeCase ReadShape(TableReader& reader, const Draft& draft,
                    std::vector<std::string>& taken) {
  ShapeCase shape;
  shape.name = ReadName(reader, IsWord, kWordRule, taken);
  for (const std::string& dim : draft.task.dims) {
    if (const auto extent = reader.Integer(dim, 0, kMaxDim))
      shape.dims[dim] = *extent;
    else if (!reader.Raw(dim))
      reader.Mistake(dim, "a whole number: every shape binds every dim");
  }
  shape.weight = reader.Number("weight").value_or(1);
  if (!(shape.weight > 0)) reader.Mistake("weight", "a number above 0");
  for (const std::string& device : reader.Texts("for")) {
    if (IsWord(device))
      shape.devices.push_back(device);
    else
      reader.Mistake("for", format("\"{}\"", Sanitize(device, 64)),
                     "\"cpu\", \"gpu\" or a chip's name");
  }
  ReadOverrides(reader, draft, shape);
  // With unsound dims every correct binding would look like an unknown key.
  if (draft.dims_sound) reader.Finish();
  return shape;
}

std::optional<DimRange> ReadRange(TableReader& domain, const std::string& dim) {
  const std::string expected =
      format("[low, high], whole numbers with 0 <= low <= high <= {}", kMaxDim);
  const TomlValue* value = domain.Raw(dim);
  const auto is_bound = [](const TomlValue& item) {
    return item.kind == TomlValue::Kind::kInteger && item.integer >= 0 &&
           item.integer <= kMaxDim;
  };
  if (value && value->kind == TomlValue::Kind::kArray &&
      value->items.size() == 2 && is_bound(value->items[0]) &&
      is_bound(value->items[1]) &&
      value->items[0].integer <= value->items[1].integer)
    return DimRange{value->items[0].integer, value->items[1].integer};
  domain.Mistake(dim, expected);
  return std::nullopt;
}

// Any whole number of it may stand for a whole-number attribute.
void ReadAttributeRange(TableReader& reader, AttributeSpec& attribute) {
  if (!reader.Raw("range")) return;
  attribute.range = ReadRange(reader, "range");
  if (!attribute.range) return;
  const double value = attribute.default_value;
  if (std::trunc(value) != value ||
      value < static_cast<double>(attribute.range->low) ||
      value > static_cast<double>(attribute.range->high))
    reader.Mistake("range", "one that holds the default, a whole number");
}

}  // namespace

void ReadAttributes(TableReader& top, Draft& draft) {
  std::vector<std::string> taken;
  std::vector<TableReader> entries = top.Tables("attributes");
  LimitCount(top, "attributes", entries, kMaxAttributes);
  for (TableReader& reader : entries) {
    AttributeSpec attribute;
    attribute.name =
        ReadName(reader, expression::IsIdentifier, kIdentifierRule, taken);
    if (const auto value = reader.Number("default"))
      attribute.default_value = *value;
    else if (!reader.Raw("default"))
      reader.Mistake("default", "a number");
    ReadAttributeRange(reader, attribute);
    reader.Finish();
    draft.task.attributes.push_back(attribute);
  }
}

void ReadShapes(TableReader& top, Draft& draft) {
  std::vector<std::string> taken;
  std::vector<TableReader> entries = top.Tables("shapes");
  if (!top.Raw("shapes")) top.Mistake("shapes", "at least one [[shapes]]");
  LimitCount(top, "shapes", entries, kMaxShapes);
  for (TableReader& reader : entries) {
    const size_t before = reader.mistakes().size();
    draft.task.shapes.push_back(ReadShape(reader, draft, taken));
    draft.shapes_sound.push_back(draft.dims_sound &&
                                 reader.mistakes().size() == before);
  }
}

void ReadOnlyShapes(TableReader& top, Draft& draft) {
  const Task& task = draft.task;
  std::vector<std::string> known;
  for (const ShapeCase& shape : task.shapes) known.push_back(shape.name);
  draft.task.only_shapes = top.Texts("only_shapes");
  for (const std::string& name : task.only_shapes)
    if (!task.FindShape(name))
      top.Mistake("only_shapes", format("\"{}\"", Sanitize(name, 64)),
                  "names of [[shapes]]: " + Join(known, ", "));
}

void ReadDomain(TableReader& top, Draft& draft) {
  auto domain = top.Table("domain");
  if (!domain) {
    if (!top.Raw("domain") && !draft.task.dims.empty())
      top.Mistake("domain", "a table with [low, high] for every dim");
    draft.domain_sound = draft.dims_sound && draft.task.dims.empty();
    return;
  }
  const size_t before = top.mistakes().size();
  for (const std::string& dim : draft.task.dims)
    if (const auto range = ReadRange(*domain, dim))
      draft.task.domain[dim] = *range;
  if (draft.dims_sound) domain->Finish();
  draft.domain_sound = draft.dims_sound && top.mistakes().size() == before;
}

}  // namespace kernelevolve::parse
