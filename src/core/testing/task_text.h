// A small correct task.toml, and ways to spoil it.
#pragma once

#include <map>
#include <string>

#include "base/check.h"
#include "core/task_parser.h"

namespace kernelevolve {

inline const char kGoodTask[] = R"toml(name = "scale"
summary = "y = factor * x"
operator = "map"
dims = ["n", "m"]

[[inputs]]
name = "x"
dtype = "f32"
shape = ["n", "m"]
values = "normal(0, 1)"

[[inputs]]
name = "offsets"
dtype = "i32"
shape = ["n + 1"]
values = "jagged_offsets(m)"
constant = true

[[outputs]]
name = "y"
dtype = "f32"
shape = ["n", "m"]

[[attributes]]
name = "factor"
default = 2.0

[[shapes]]
name = "small"
n = 4
m = 8

[[shapes]]
name = "large"
n = 64
m = 128
weight = 2.5
for = ["cpu", "gpu"]
attributes = { factor = 3 }

[domain]
n = [1, 64]
m = [1, 256]

[cost]
flops = "n * m"
bytes = "8 * n * m"

[reference]
cpp = "reference.cc"

[[baselines]]
name = "plain"
cpp = "baselines/plain.cc"
link = ["dnnl"]

[objective]
cache = "hot"
cores = 2
)toml";

// `text` with its first `from` replaced; `from` must be there.
inline std::string Replaced(std::string text, const std::string& from,
                            const std::string& to) {
  const size_t at = text.find(from);
  CHECK(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

inline ParsedTask ParseText(const std::string& text) {
  return ParseTask({{"task.toml", text},
                    {"reference.cc", "// reference"},
                    {"baselines/plain.cc", "// plain"}});
}

inline std::string Mistakes(const std::string& text) {
  std::string all;
  for (const Diagnostic& diagnostic : ParseText(text).diagnostics)
    all += diagnostic.ToString() + "\n";
  return all;
}

}  // namespace kernelevolve
