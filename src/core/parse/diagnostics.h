// Collects the mistakes of one file of ours: tasks, documents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/task_parser.h"
#include "core/toml.h"

namespace kernelevolve::parse {

class Diagnostics {
 public:
  // Beyond this many the file is hopeless and the list unreadable.
  static constexpr size_t kMax = 100;

  void Add(int line, std::string key, std::string found, std::string expected);
  // `value` may be null: then "nothing" was found at `line`.
  void Add(const TomlValue* value, int line, std::string key,
           std::string expected);

  // In the order of lines.
  std::vector<Diagnostic> Take();
  bool empty() const { return list_.empty(); }
  size_t size() const { return list_.size(); }

 private:
  std::vector<Diagnostic> list_;
};

}  // namespace kernelevolve::parse
