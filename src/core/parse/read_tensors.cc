#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "core/expression_tree.h"
#include "core/parse/draft.h"
#include "core/parse/names.h"
#include "core/parse/value_spec.h"

namespace kernelevolve::parse {
namespace {

constexpr size_t kMaxTensors = 64;
constexpr size_t kMaxRank = 8;

void ReadDType(TableReader& reader, TensorSpec& tensor) {
  const std::string expected = format("one of {}", DTypeNames());
  const auto name = reader.RequiredText("dtype", expected);
  if (!name) return;
  if (const auto dtype = ParseDType(*name))
    tensor.dtype = *dtype;
  else
    reader.Mistake("dtype", expected);
}

void ReadShapeEntries(TableReader& reader, const Draft& draft,
                      TensorSpec& tensor) {
  const TomlValue* shape = reader.Raw("shape");
  if (!shape || shape->kind != TomlValue::Kind::kArray)
    return reader.Mistake("shape", "an array of expressions over dims");
  if (shape->items.size() > kMaxRank)
    return reader.Mistake("shape", format("{} entries", shape->items.size()),
                          format("at most {}", kMaxRank));
  for (size_t i = 0; i < shape->items.size(); ++i) {
    const std::string key = format("shape[{}]", i);
    auto entry = ReadExpression(reader, shape->items[i], key, draft);
    if (entry && !entry->whole()) {
      reader.mistakes().Add(&shape->items[i], reader.line(), reader.Path(key),
                            "whole numbers only");
      entry.reset();
    }
    if (entry) tensor.shape.push_back(*std::move(entry));
  }
}

void CheckArguments(TableReader& reader, const Draft& draft,
                    const ValueSpec& values) {
  const std::vector<std::string>& dims = draft.task.dims;
  for (const Expression& argument : values.arguments)
    for (const std::string& name : argument.names())
      if (draft.dims_sound &&
          std::find(dims.begin(), dims.end(), name) == dims.end())
        reader.Mistake("values", format("\"{}\", which is no dim", name),
                       "expressions over " + Join(dims, ", "));
}

void ReadValues(TableReader& reader, const Draft& draft, TensorSpec& tensor) {
  const size_t before = reader.mistakes().size();
  auto text = reader.Text("values");
  if (reader.mistakes().size() > before) return;
  if (!text && !IsFloating(tensor.dtype))
    return reader.Mistake("values", "a generator, such as \"randint(0, 9)\"");
  Result<ValueSpec> values = ParseValueSpec(text.value_or("normal(0, 1)"));
  if (!values) return reader.Mistake("values", values.error().message);
  tensor.values = *std::move(values);
  CheckArguments(reader, draft, tensor.values);
  const std::string unfit = WhyUnfit(tensor.values, tensor.dtype);
  if (!unfit.empty()) reader.Mistake("values", unfit);
}

void ReadNonFinite(TableReader& reader, TensorSpec& tensor) {
  const auto text = reader.Text("nonfinite");
  if (!text || *text == "propagate") return;
  if (*text == "unspecified")
    tensor.nonfinite = NonFinite::kUnspecified;
  else
    reader.Mistake("nonfinite", "\"propagate\" or \"unspecified\"");
}

TensorSpec ReadTensor(TableReader& reader, const Draft& draft, bool is_input,
                      std::vector<std::string>& taken) {
  TensorSpec tensor;
  tensor.name =
      ReadName(reader, expression::IsIdentifier, kIdentifierRule, taken);
  const size_t before = reader.mistakes().size();
  ReadDType(reader, tensor);
  const bool dtype_sound = reader.mistakes().size() == before;
  ReadShapeEntries(reader, draft, tensor);
  if (is_input) {
    tensor.constant = reader.Bool("constant").value_or(false);
    if (dtype_sound)
      ReadValues(reader, draft, tensor);
    else
      reader.Raw("values");
  } else {
    ReadNonFinite(reader, tensor);
  }
  reader.Finish();
  return tensor;
}

void ReadList(TableReader& top, const std::string& key, Draft& draft,
              std::vector<std::string>& taken) {
  const bool is_input = key == "inputs";
  std::vector<TableReader> entries = top.Tables(key);
  if (!top.Raw(key)) top.Mistake(key, format("at least one [[{}]]", key));
  LimitCount(top, key, entries, kMaxTensors);
  for (TableReader& reader : entries) {
    const size_t before = reader.mistakes().size();
    TensorSpec tensor = ReadTensor(reader, draft, is_input, taken);
    const bool sound = draft.dims_sound && reader.mistakes().size() == before;
    (is_input ? draft.task.inputs : draft.task.outputs)
        .push_back(std::move(tensor));
    (is_input ? draft.inputs_sound : draft.outputs_sound).push_back(sound);
  }
}

}  // namespace

void ReadTensors(TableReader& top, Draft& draft) {
  std::vector<std::string> taken;  // one name space: a kernel's arguments
  ReadList(top, "inputs", draft, taken);
  ReadList(top, "outputs", draft, taken);
}

}  // namespace kernelevolve::parse
