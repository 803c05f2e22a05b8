#include "engine/export/example_source.h"

#include <cmath>

#include "base/format.h"
#include "base/text.h"
#include "engine/export/names.h"

namespace kernelevolve {
namespace {

// An argument of a generator at this shape; `fallback` where it is absent.
double Argument(const TensorSpec& input, size_t index, const ShapeCase& shape,
                double fallback) {
  if (index >= input.values.arguments.size()) return fallback;
  return input.values.arguments[index]
      .Evaluate(BindDims(shape))
      .value_or(fallback);
}

// A C expression in i, of the i-th of n elements.
std::string ElementValue(const TensorSpec& input, const ShapeCase& shape,
                         int64_t n) {
  using Kind = ValueSpec::Kind;
  const double a = Argument(input, 0, shape, 0),
               b = Argument(input, 1, shape, 1);
  const auto whole = [](double value) { return std::llround(value); };
  switch (input.values.kind) {
    case Kind::kUniform:
      return format("{} + {} * Fraction(i)", a, b - a);
    case Kind::kNormal:
      return format("{} + {} * (4 * Fraction(i) - 2)", a, b);
    case Kind::kRandint:
      return format("{} + i * 7919 % {}", whole(a), whole(b - a) + 1);
    case Kind::kSorted:
      return IsFloating(input.dtype)
                 ? format("{} + {} * i / {}", a, b - a, n)
                 : format("{} + {} * i / {}", whole(a), whole(b - a), n);
    case Kind::kIncreasing:
      return format("{} + i", whole(a));
    case Kind::kPermutation:
      return format("{} - i", n - 1);
    case Kind::kChoice:
      return format("{}", a);
    case Kind::kJaggedOffsets:
      return format("{} * i / {}", whole(a), std::max<int64_t>(n - 1, 1));
    case Kind::kZeros:
      return "0";
    case Kind::kOnes:
      return "1";
    case Kind::kConstant:
      return format("{}", a);
  }
  return "0";
}

// Below f32 the example writes bits: zeros are a value in every format.
bool HasCType(DType dtype) {
  return !IsFloating(dtype) || dtype == DType::kF32 || dtype == DType::kF64;
}

std::string Allocate(const TensorSpec& tensor, const ShapeCase& shape) {
  return format("  {0}* {1} = ({0}*)calloc({2}, sizeof({0}));\n",
                CTypeName(tensor.dtype), CName(tensor.name),
                std::max<int64_t>(ElementCount(tensor, shape), 1));
}

std::string FillInput(const TensorSpec& input, const ShapeCase& shape) {
  const int64_t n = ElementCount(input, shape);
  std::string lines = Allocate(input, shape);
  if (HasCType(input.dtype))
    lines += format("  for (int64_t i = 0; i < {}; ++i) {}[i] = ({})({});\n", n,
                    CName(input.name), CTypeName(input.dtype),
                    ElementValue(input, shape, n));
  return lines;
}

std::string CreateArguments(const Task& task, const ShapeCase& shape) {
  std::vector<std::string> arguments;
  for (const std::string& dim : task.dims)
    arguments.push_back(std::to_string(shape.dims.at(dim)));
  for (const double value : task.AttributeValues(shape))
    arguments.push_back(format("{}", value));
  for (const TensorSpec& input : task.inputs)
    if (input.constant) arguments.push_back(CName(input.name));
  return Join(arguments, ", ");
}

std::string RunArguments(const Task& task) {
  std::vector<std::string> arguments = {"plan"};
  for (const TensorSpec& input : task.inputs)
    if (!input.constant) arguments.push_back(CName(input.name));
  for (const TensorSpec& output : task.outputs)
    arguments.push_back(CName(output.name));
  return Join(arguments, ", ");
}

std::string PrintOutput(const TensorSpec& output, const ShapeCase& shape) {
  return format(
      "  printf(\"{0}:\");\n"
      "  for (int64_t i = 0; i < {1}; ++i) printf(\" %g\", "
      "(double){2}[i]);\n  printf(\" ...\\n\");\n",
      output.name, std::min<int64_t>(ElementCount(output, shape), 6),
      CName(output.name));
}

}  // namespace

std::string ExampleSource(const Task& task, const ShapeCase& shape) {
  std::string body;
  for (const TensorSpec& input : task.inputs) body += FillInput(input, shape);
  for (const TensorSpec& output : task.outputs) body += Allocate(output, shape);
  std::string print, release;
  for (const TensorSpec& output : task.outputs)
    print += PrintOutput(output, shape);
  for (const auto* tensors : {&task.inputs, &task.outputs})
    for (const TensorSpec& tensor : *tensors)
      release += format("  free({});\n", CName(tensor.name));
  return format(
      R"~(/* Calls the kernel at the task's shape "{1}", and times it. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <{0}.h>

/* Scattered, but the same at every run. */
static inline double Fraction(int64_t i) {{
  return (double)((uint64_t)i * 2654435761u % 1000003u) / 1000003;
}}

static double Seconds(void) {{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}}

int main(void) {{
{2}
  {0}_plan* plan = {0}_create({3});
  if (!plan) return 1;
  double best = 1e30;
  for (int repeat = 0; repeat < 10; ++repeat) {{
    const double start = Seconds();
    if ({0}_run({4}) != 0) return 1;
    const double took = Seconds() - start;
    if (took < best) best = took;
  }}
  printf("%.1f us a call, caches warm\n", 1e6 * best);
{5}
  {0}_destroy(plan);
{6}  return 0;
}}
)~",
      CName(task.name), shape.name, body, CreateArguments(task, shape),
      RunArguments(task), print, release);
}

}  // namespace kernelevolve
