#include "core/parse/table_reader.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::parse {

using Kind = TomlValue::Kind;

TableReader::TableReader(const TomlValue& table, std::string path,
                         Diagnostics& mistakes)
    : table_(&table), path_(std::move(path)), mistakes_(&mistakes) {}

std::string TableReader::Path(const std::string& key) const {
  return path_.empty() ? key : path_ + "." + key;
}

int TableReader::LineOf(const std::string& key) const {
  const TomlValue* value = table_->Find(key);
  return value ? value->line : line();
}

void TableReader::Mistake(const std::string& key, std::string expected) {
  mistakes_->Add(table_->Find(key), line(), Path(key), std::move(expected));
}

void TableReader::Mistake(const std::string& key, std::string found,
                          std::string expected) {
  mistakes_->Add(LineOf(key), Path(key), std::move(found), std::move(expected));
}

const TomlValue* TableReader::Raw(const std::string& key) {
  known_.push_back(key);
  return table_->Find(key);
}

const TomlValue* TableReader::Typed(const std::string& key, Kind kind,
                                    std::string_view expected) {
  const TomlValue* value = Raw(key);
  if (!value || value->kind == kind) return value;
  Mistake(key, std::string(expected));
  return nullptr;
}

std::optional<std::string> TableReader::Text(const std::string& key) {
  const TomlValue* value = Typed(key, Kind::kString, "a text");
  if (!value) return std::nullopt;
  return value->text;
}

std::optional<std::string> TableReader::RequiredText(
    const std::string& key, std::string_view expected) {
  const TomlValue* value = Raw(key);
  if (value && value->kind == Kind::kString) return value->text;
  Mistake(key, std::string(expected));
  return std::nullopt;
}

std::optional<double> TableReader::Number(const std::string& key) {
  const TomlValue* value = Raw(key);
  if (!value) return std::nullopt;
  if ((value->kind == Kind::kReal || value->kind == Kind::kInteger) &&
      std::isfinite(value->real))
    return value->real;
  Mistake(key, "a finite number");
  return std::nullopt;
}

std::optional<int64_t> TableReader::Integer(const std::string& key, int64_t low,
                                            int64_t high) {
  const TomlValue* value = Raw(key);
  if (!value) return std::nullopt;
  if (value->kind == Kind::kInteger && value->integer >= low &&
      value->integer <= high)
    return value->integer;
  Mistake(key, format("a whole number from {} to {}", low, high));
  return std::nullopt;
}

std::optional<bool> TableReader::Bool(const std::string& key) {
  const TomlValue* value = Typed(key, Kind::kBool, "true or false");
  if (!value) return std::nullopt;
  return value->boolean;
}

std::vector<std::string> TableReader::Texts(const std::string& key) {
  const TomlValue* value = Typed(key, Kind::kArray, "an array of texts");
  std::vector<std::string> texts;
  if (!value) return texts;
  for (size_t i = 0; i < value->items.size(); ++i) {
    const TomlValue& item = value->items[i];
    if (item.kind == Kind::kString)
      texts.push_back(item.text);
    else
      mistakes_->Add(&item, line(), format("{}[{}]", Path(key), i), "a text");
  }
  return texts;
}

std::vector<TableReader> TableReader::Tables(const std::string& key,
                                             bool single) {
  const TomlValue* value = Raw(key);
  std::vector<TableReader> readers;
  if (!value) return readers;
  if (single && value->kind == Kind::kTable) {
    readers.emplace_back(*value, Path(key), *mistakes_);
    return readers;
  }
  if (value->kind != Kind::kArray) {
    Mistake(key, format("tables written [[{}]]", Path(key)));
    return readers;
  }
  for (size_t i = 0; i < value->items.size(); ++i) {
    const TomlValue& item = value->items[i];
    const std::string item_path = format("{}[{}]", Path(key), i);
    if (item.kind == Kind::kTable)
      readers.emplace_back(item, item_path, *mistakes_);
    else
      mistakes_->Add(&item, line(), item_path, "a table");
  }
  return readers;
}

std::optional<TableReader> TableReader::Table(const std::string& key) {
  const TomlValue* value =
      Typed(key, Kind::kTable, format("a table written [{}]", Path(key)));
  if (!value) return std::nullopt;
  return TableReader(*value, Path(key), *mistakes_);
}

void TableReader::Finish() {
  for (const auto& [key, value] : table_->members) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string nearest = Nearest(key, known_);
    mistakes_->Add(value.line, Path(Sanitize(key, 64)), "an unknown key",
                   nearest.empty() ? "one of " + Join(known_, ", ")
                                   : "\"" + nearest + "\"");
  }
}

}  // namespace kernelevolve::parse
