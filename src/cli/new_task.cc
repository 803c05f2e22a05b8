#include "cli/new_task.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::cli {
namespace {

// NAME is replaced by the task's name.
constexpr std::string_view kTaskToml = R"TEXT(# What to make fast. docs/task-format.md describes every key.
name     = "NAME"
summary  = "y = gelu(x + bias): an example to edit"
operator = "NAME"              # family: runs on the same one learn from each other
dims     = ["rows", "cols"]    # the symbols that the shapes below bind

[[inputs]]
name   = "x"
dtype  = "f32"                 # f64 f32 f16 bf16 f8e4m3 f8e5m2 i64 i32 i16 i8 u8 bool
shape  = ["rows", "cols"]      # integers, or expressions over dims: "2 * cols"
values = "normal(0, 1)"        # or uniform(a, b), randint(a, b), permutation, ...

[[inputs]]
name     = "bias"
dtype    = "f32"
shape    = ["cols"]
values   = "uniform(-1, 1)"
constant = true                # a weight: a kernel may repack it once

[[outputs]]
name  = "y"
dtype = "f32"
shape = ["rows", "cols"]

# The shapes that count: the result is their weighted geometric mean.
[[shapes]]
name = "square"
rows = 1024
cols = 1024

[[shapes]]
name   = "odd"
rows   = 777
cols   = 333
weight = 0.5

# The kernel must be right everywhere in here; held-out shapes are drawn from it.
[domain]
rows = [1, 2048]
cols = [1, 4096]

# Arithmetic and compulsory memory traffic, for the speed-of-light bound.
[cost]
flops = "10 * rows * cols"
bytes = "8 * rows * cols + 4 * cols"

[reference]
cpp = "reference.cc"

[objective]
cache = "cold"                 # or "hot": inputs already in the cache
cores = 1
)TEXT";

constexpr std::string_view kReference = R"TEXT(// The definition of the task, written to be read, not to be fast. `real` is
// float, double, and a type that carries rounding errors; so call exp, sqrt, ...
// unqualified, and keep other types out of the arithmetic.
#include <kernelevolve/reference.h>

template <typename real>
void reference(const ke_call& call) {
  const int64_t rows = ke::extent(call.inputs[0], 0);
  const int64_t cols = ke::extent(call.inputs[0], 1);
  const real* x = ke::input<real>(call, 0);
  const real* bias = ke::input<real>(call, 1);
  real* y = ke::output<real>(call, 0);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t col = 0; col < cols; ++col) {
      const real z = x[row * cols + col] + bias[col];
      y[row * cols + col] =
          real(0.5) * z * (real(1) + erf(z * real(0.70710678118654752)));
    }
  }
}

KE_REFERENCE(reference)
)TEXT";

constexpr std::string_view kReadme = R"TEXT(# NAME

- `task.toml`: tensors, shapes, domain, cost
- `reference.cc`: what the kernel must compute

Check it, then search:

    kernelevolve task check ./NAME
    kernelevolve optimize ./NAME --minutes 1
)TEXT";

bool IsIdentifier(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= 64 && name[0] >= 'a' &&
         name[0] <= 'z' && std::all_of(name.begin(), name.end(), fits);
}

std::string WithName(std::string_view pattern, const std::string& name) {
  return ReplaceAll(pattern, "NAME", name);
}

}  // namespace

Result<fs::path> WriteNewTask(const std::string& name, const fs::path& parent) {
  if (!IsIdentifier(name))
    return BadInput(format("task name: found '{}', expected small letters, "
                           "digits and _, a letter first", name));
  const fs::path folder = (parent / name).lexically_normal();
  std::error_code ignored;
  if (fs::exists(folder, ignored))
    return BadInput(format("{} is there already; choose another name, or "
                           "another --dir", folder.string()));
  RETURN_IF_ERROR(MakeFolders(folder));
  RETURN_IF_ERROR(
      WriteFileAtomic(folder / "task.toml", WithName(kTaskToml, name)));
  RETURN_IF_ERROR(
      WriteFileAtomic(folder / "reference.cc", WithName(kReference, name)));
  RETURN_IF_ERROR(
      WriteFileAtomic(folder / "README.md", WithName(kReadme, name)));
  return folder;
}

}  // namespace kernelevolve::cli
