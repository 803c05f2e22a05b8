// Targets of core/: task files, expressions, ke:tune lines.
#include <cmath>

#include "base/check.h"
#include "base/random.h"
#include "core/shape_check.h"
#include "core/task_parser.h"
#include "core/testing/task_text.h"
#include "core/tune.h"
#include "fuzz_target.h"
#include "wire/messages.h"

namespace kernelevolve::fuzz {
namespace {

// Task ------------------------------------------------------------------------

// Where the parser is content, every shape of the file and every sound point of
// the domain must have extents.
void UseTask(const Task& task) {
  for (const ShapeCase& shape : task.shapes)
    for (const auto* tensors : {&task.inputs, &task.outputs})
      for (const TensorSpec& tensor : *tensors)
        CHECK(ElementCount(tensor, shape) >= 1);
  Random random(1);
  for (int trial = 0; trial < 8; ++trial) {
    ShapeCase drawn;
    for (const auto& [dim, range] : task.domain)
      drawn.dims[dim] =
          range.low + static_cast<int64_t>(random.Below(
                          static_cast<uint64_t>(range.high - range.low) + 1));
    if (!ShapeProblems(task, drawn, 0).empty()) continue;
    for (const TensorSpec& tensor : task.inputs)
      CHECK(ElementCount(tensor, drawn) >= 0);
  }
  const auto again = wire::TaskFromJson(wire::TaskToJson(task));
  CHECK(again && again->Digest() == task.Digest());
}

bool RunTask(std::string_view input) {
  const ParsedTask parsed = ParseText(std::string(input));
  for (const Diagnostic& diagnostic : parsed.diagnostics)
    CHECK(!diagnostic.ToString().empty());
  if (!parsed.diagnostics.empty()) return false;
  UseTask(parsed.task);
  return true;
}

std::vector<std::string> TaskSeeds() {
  return {
      kGoodTask,
      std::string(kGoodTask) + "[tolerance]\nrtol = 1e-3\nreason = \"r\"\n",
      "name = \"x\"\ndims = []\n[[inputs]]\nname = \"x\"\ndtype = \"f16\"\n"
      "shape = [4]\nvalues = \"choice(1, 2, 3)\"\n[[outputs]]\nname = \"y\"\n"
      "dtype = \"f16\"\nshape = []\n[[shapes]]\nname = \"s\"\n"
      "[reference]\ntorch = \"reference.cc\"\n"};
}

// Expression ------------------------------------------------------------------

// What Bounds promises must hold wherever Evaluate is asked.
void CheckBounds(const Expression& expression, Random& random) {
  Expression::Ranges box;
  Expression::Bindings point;
  for (const std::string& name : expression.names()) {
    const auto low = static_cast<double>(random.Below(20)) - 10;
    const auto width = static_cast<double>(random.Below(10));
    box[name] = {low, low + width};
    point[name] = low + static_cast<double>(
                            random.Below(static_cast<uint64_t>(width) + 1));
  }
  const auto value = expression.Evaluate(point);
  const auto bounds = expression.Bounds(box);
  if (!bounds) return;
  CHECK(value.has_value());
  CHECK(*value >= bounds->first && *value <= bounds->second);
  if (expression.whole()) CHECK(*value == std::floor(*value));
}

bool RunExpression(std::string_view input) {
  Random random(2);
  bool taken = false;
  for (const bool logic : {false, true}) {
    const auto expression = Expression::Parse(input, logic);
    if (!expression) continue;
    taken = true;
    CHECK(expression->text() == input);
    for (int trial = 0; trial < 8; ++trial) CheckBounds(*expression, random);
  }
  return taken;
}

std::vector<std::string> ExpressionSeeds() {
  return {"ceildiv(n, 64) * (m + 1) % 7 - -3", "min(a, b, 3) / max(1, c)",
          "A * B <= 8192 and not (C == 4 or D != 1.5e-3)",
          "((((((((((n))))))))))"};
}

// Tune ------------------------------------------------------------------------

bool RunTune(std::string_view input) {
  const auto space = ParseTuneSpace(input);
  if (!space) return false;
  const ParameterValues defaults = space->Defaults();
  CHECK(space->Size() >= 1);
  CHECK(space->Admits(defaults));
  const auto completed = space->Complete({});
  CHECK(completed && *completed == defaults);
  for (const TuneParameter& parameter : space->parameters)
    for (const std::string& value : parameter.values) {
      const auto chosen = space->Complete({{parameter.name, value}});
      CHECK(!chosen || space->Admits(*chosen));
    }
  return true;
}

std::vector<std::string> TuneSeeds() {
  return {
      "// ke:tune BLOCK_M = 64 in {32, 64, 128} when BLOCK_M * BLOCK_K <= "
      "8192\n"
      "// ke:tune BLOCK_K = 32 in {32, 64}\nint x;\n",
      "# ke:tune fast = true in {true, false}\n"
      "# ke:tune scale = -0.5 in {-0.5, 1, 02} when not fast or scale < 0\n"};
}

}  // namespace

std::vector<Target> CoreTargets() {
  return {{"task", RunTask, TaskSeeds, 8},
          {"expression", RunExpression, ExpressionSeeds, 14},
          {"tune", RunTune, TuneSeeds, 12}};
}

}  // namespace kernelevolve::fuzz
