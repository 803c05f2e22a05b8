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

// A map of n by m elements, f32; 4 by 8 are listed. `extra` are further lines.
inline Task MatrixTask(std::string_view extra = "") {
  return TaskFrom(format(R"toml(name = "product"
summary = "rows times columns"
operator = "map"
dims = ["n", "m"]

[[inputs]]
name = "x"
dtype = "f32"
shape = ["n", "m"]
values = "normal(0, 1)"

[[outputs]]
name = "y"
dtype = "f32"
shape = ["n", "m"]

[[shapes]]
name = "listed"
n = 4
m = 8

[domain]
n = [1, 3000]
m = [3, 500]

[reference]
cpp = "reference.cc"
{}
)toml",
                         extra));
}

}  // namespace kernelevolve::worker::testing
