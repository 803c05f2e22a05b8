#include "core/parse/diagnostics.h"

#include <algorithm>

#include "base/format.h"

namespace kernelevolve {

std::string Diagnostic::ToString() const {
  std::string where = line > 0 ? format("{}:{}", file, line) : file;
  if (!key.empty()) where += ": " + key;
  return format("{}: found {}, expected {}", where, found, expected);
}

namespace parse {

void Diagnostics::Add(int line, std::string key, std::string found,
                      std::string expected) {
  if (list_.size() >= kMax) return;
  list_.push_back({"task.toml", line, std::move(key), std::move(found),
                   std::move(expected)});
}

void Diagnostics::Add(const TomlValue* value, int line, std::string key,
                      std::string expected) {
  Add(value ? value->line : line, std::move(key),
      value ? value->Describe() : "nothing", std::move(expected));
}

std::vector<Diagnostic> Diagnostics::Take() {
  std::stable_sort(
      list_.begin(), list_.end(),
      [](const Diagnostic& a, const Diagnostic& b) { return a.line < b.line; });
  return std::move(list_);
}

}  // namespace parse
}  // namespace kernelevolve
