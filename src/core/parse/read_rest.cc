// The small tables: cost, reference, baselines, objective, tolerance.
#include <algorithm>
#include <array>

#include "base/format.h"
#include "base/text.h"
#include "core/parse/draft.h"
#include "core/parse/names.h"

namespace kernelevolve::parse {
namespace {

constexpr size_t kMaxBaselines = 32;
constexpr size_t kMaxTolerances = 64;
constexpr int64_t kMaxCores = 64;

std::string ReadPath(TableReader& reader, const std::string& key) {
  const auto path = reader.Text(key);
  if (!path) return "";
  if (IsInnerPath(*path) && *path != "task.toml") return *path;
  reader.Mistake(key, std::string(kPathRule));
  return "";
}

BaselineSpec ReadBaseline(TableReader& reader,
                          std::vector<std::string>& taken) {
  BaselineSpec baseline;
  baseline.name = ReadName(reader, IsWord, kWordRule, taken);
  const size_t before = reader.mistakes().size();
  baseline.cpp = ReadPath(reader, "cpp");
  baseline.torch = ReadPath(reader, "torch");
  if (reader.mistakes().size() == before &&
      baseline.cpp.empty() == baseline.torch.empty())
    reader.Mistake("cpp", baseline.cpp.empty() ? "nothing" : "cpp and torch",
                   "either cpp or torch, a path");
  for (const std::string& library : reader.Texts("link")) {
    if (IsWord(library))
      baseline.link.push_back(library);
    else
      reader.Mistake("link", format("\"{}\"", Sanitize(library, 64)),
                     "names of libraries as the linker's -l takes them");
  }
  reader.Finish();
  return baseline;
}

ToleranceOverride ReadOverride(TableReader& reader, const Draft& draft) {
  ToleranceOverride tolerance;
  tolerance.output = reader.Text("output").value_or("");
  const auto& outputs = draft.task.outputs;
  if (!tolerance.output.empty() && std::none_of(outputs.begin(), outputs.end(),
                                                [&](const TensorSpec& output) {
                                                  return output.name ==
                                                         tolerance.output;
                                                }))
    reader.Mistake("output", "the name of an output");
  for (const auto& [key, field] : {std::pair{"rtol", &tolerance.rtol},
                                   std::pair{"atol", &tolerance.atol}}) {
    *field = reader.Number(key).value_or(0);
    if (*field < 0) reader.Mistake(key, "a number of 0 or more");
  }
  if (!reader.Raw("rtol") && !reader.Raw("atol"))
    reader.Mistake("rtol", "rtol, atol or both");
  constexpr std::string_view kReason =
      "a text: why the derived error bound does not do";
  tolerance.reason = reader.RequiredText("reason", kReason).value_or("");
  if (reader.Raw("reason") && Trim(tolerance.reason).empty())
    reader.Mistake("reason", std::string(kReason));
  reader.Finish();
  return tolerance;
}

}  // namespace

void ReadCost(TableReader& top, Draft& draft) {
  auto cost = top.Table("cost");
  if (!cost) return;
  for (const auto& [key, field] : {std::pair{"flops", &draft.task.flops},
                                   std::pair{"bytes", &draft.task.bytes}}) {
    if (const TomlValue* value = cost->Raw(key))
      *field = ReadExpression(*cost, *value, key, draft);
    else
      cost->Mistake(key, "an expression over dims");
  }
  cost->Finish();
}

void ReadReference(TableReader& top, Draft& draft) {
  auto reference = top.Table("reference");
  if (!reference) {
    if (!top.Raw("reference"))
      top.Mistake("reference", "a table with cpp, torch or both");
    return;
  }
  draft.task.reference_cpp = ReadPath(*reference, "cpp");
  draft.task.reference_torch = ReadPath(*reference, "torch");
  if (!reference->Raw("cpp") && !reference->Raw("torch"))
    reference->Mistake("cpp", "cpp, torch or both: the path of the reference");
  reference->Finish();
}

void ReadBaselines(TableReader& top, Draft& draft) {
  std::vector<std::string> taken = {"reference"};  // the panel's own member
  std::vector<TableReader> entries = top.Tables("baselines");
  LimitCount(top, "baselines", entries, kMaxBaselines);
  for (TableReader& reader : entries)
    draft.task.baselines.push_back(ReadBaseline(reader, taken));
}

void ReadObjective(TableReader& top, Draft& draft) {
  auto reader = top.Table("objective");
  if (!reader) return;
  Objective& objective = draft.task.objective;
  const std::string cache = reader->Text("cache").value_or("cold");
  if (cache != "cold" && cache != "hot")
    reader->Mistake("cache", "\"cold\" or \"hot\"");
  objective.cold_cache = cache != "hot";
  objective.cores =
      static_cast<int>(reader->Integer("cores", 1, kMaxCores).value_or(1));
  objective.deterministic = reader->Bool("deterministic").value_or(false);
  objective.precision = reader->Text("precision").value_or("");
  constexpr std::array<std::string_view, 5> kPrecisions = {
      "tf32", "f16", "bf16", "f8e4m3", "f8e5m2"};
  if (!objective.precision.empty() &&
      std::find(kPrecisions.begin(), kPrecisions.end(), objective.precision) ==
          kPrecisions.end())
    reader->Mistake("precision", "one of tf32 f16 bf16 f8e4m3 f8e5m2");
  reader->Finish();
}

void ReadTolerance(TableReader& top, Draft& draft) {
  std::vector<TableReader> entries = top.Tables("tolerance", /*single=*/true);
  LimitCount(top, "tolerance", entries, kMaxTolerances);
  std::vector<std::string> taken;
  for (TableReader& reader : entries) {
    ToleranceOverride tolerance = ReadOverride(reader, draft);
    if (std::find(taken.begin(), taken.end(), tolerance.output) != taken.end())
      reader.Mistake("output", "a second override of the same output",
                     "one override for each");
    taken.push_back(tolerance.output);
    draft.task.tolerances.push_back(std::move(tolerance));
  }
}

}  // namespace kernelevolve::parse
