// TOML as a plain tree with line numbers. The library behind it is included by
// toml.cc alone: it is slow to compile, and hostile files are tamed in there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kernelevolve {

struct TomlValue {
  enum class Kind { kString, kInteger, kReal, kBool, kDate, kArray, kTable };
  Kind kind = Kind::kTable;
  int line = 0;
  std::string text;  // of a string; "" for the others
  int64_t integer = 0;
  double real = 0;  // of an integer, too
  bool boolean = false;
  std::vector<TomlValue> items;
  std::map<std::string, TomlValue, std::less<>> members;

  // Null where this is no table or has no such key.
  const TomlValue* Find(std::string_view key) const;
  // As a message shows it: `"text"`, `12`, `an array`, `a table`.
  std::string Describe() const;
};

struct TomlMistake {
  int line = 0;
  std::string message;
};

// A table, or where the text stops being TOML. More than 256 KiB, or nesting
// deeper than 32 levels, is a mistake as well.
tl::expected<TomlValue, TomlMistake> ParseToml(std::string_view text);

}  // namespace kernelevolve
