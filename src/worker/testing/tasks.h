// Small tasks for the tests of the judge.
#pragma once

#include <string>
#include <string_view>

#include "base/check.h"
#include "base/format.h"
#include "core/task_parser.h"

namespace kernelevolve::worker::testing {

inline Task TaskFrom(const std::string& text,
                     std::map<std::string, std::string> files = {}) {
  files.insert({"task.toml", text});
  files.insert({"reference.cc", "// reference"});
  const ParsedTask parsed = ParseTask(std::move(files));
  for (const Diagnostic& diagnostic : parsed.diagnostics)
    std::fprintf(stderr, "%s\n", diagnostic.ToString().c_str());
  CHECK(parsed.diagnostics.empty());
  return parsed.task;
}

// One input of n elements, one f32 output of n elements; n = 1000 is listed.
// `more` are further lines of the input.
inline Task OneInputTask(std::string_view dtype, std::string_view values,
                         std::string_view more = "") {
  return TaskFrom(format(R"toml(name = "one"
summary = "one input"
operator = "map"
dims = ["n"]

[[inputs]]
name = "x"
dtype = "{}"
shape = ["n"]
values = "{}"
{}

[[outputs]]
name = "y"
dtype = "f32"
shape = ["n"]

[[shapes]]
name = "listed"
n = 1000

[domain]
n = [2, 100000]

[reference]
cpp = "reference.cc"
)toml",
                         dtype, values, more));
}

}  // namespace kernelevolve::worker::testing
