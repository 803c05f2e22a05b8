// Reads the keys of one TOML table into typed values, and reports each key
// that is missing, of the wrong type, or unknown.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/parse/diagnostics.h"

namespace kernelevolve::parse {

// Lives on the stack while its table is read; call Finish last. A getter that
// reported a mistake answers like one whose key is absent.
class TableReader {
 public:
  // `path` names the table in messages: "inputs[0]", "" at the top.
  TableReader(const TomlValue& table, std::string path, Diagnostics& mistakes);

  std::optional<std::string> Text(const std::string& key);
  std::optional<std::string> RequiredText(const std::string& key,
                                          std::string_view expected = "a text");
  std::optional<double> Number(const std::string& key);
  std::optional<int64_t> Integer(const std::string& key, int64_t low,
                                 int64_t high);
  std::optional<bool> Bool(const std::string& key);
  std::vector<std::string> Texts(const std::string& key);
  // One reader per entry of [[key]]; [key] counts as one entry if `single`.
  std::vector<TableReader> Tables(const std::string& key, bool single = false);
  std::optional<TableReader> Table(const std::string& key);
  // Marks the key as known and returns what stands there, or null.
  const TomlValue* Raw(const std::string& key);

  // Reports every key that no getter asked for, with the nearest known one.
  void Finish();

  void Mistake(const std::string& key, std::string expected);
  void Mistake(const std::string& key, std::string found, std::string expected);
  std::string Path(const std::string& key) const;
  int line() const { return table_->line > 0 ? table_->line : 1; }
  int LineOf(const std::string& key) const;
  Diagnostics& mistakes() { return *mistakes_; }

 private:
  const TomlValue* Typed(const std::string& key, TomlValue::Kind kind,
                         std::string_view expected);

  const TomlValue* table_;
  std::string path_;
  Diagnostics* mistakes_;
  std::vector<std::string> known_;
};

}  // namespace kernelevolve::parse
