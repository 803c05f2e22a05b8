#include "core/stored_result.h"

#include "base/format.h"
#include "core/evaluation_json.h"

namespace kernelevolve {
namespace {

std::vector<std::string> TextsOf(const Json& json, std::string_view key) {
  std::vector<std::string> texts;
  for (const Json& item : GetMember(json, key))
    if (item.is_string()) texts.push_back(item.get<std::string>());
  return texts;
}

void PutUnlessEmpty(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

}  // namespace

JudgedTask MakeJudgedTask(const Task& task, const std::string& words) {
  return {words, task.Digest(), task.only_shapes};
}

Json ToJson(const MachineRecord& machine) {
  return {{"device", machine.device},
          {"toolchain", machine.toolchain},
          {"cpu", machine.cpu},
          {"packages", machine.packages},
          {"judge", machine.judge}};
}

Json ToJson(const StoredResult& result) {
  Json json = ToJson(result.evaluation, result.candidate);
  json["task"] = result.task.words;
  json["task_digest"] = result.task.digest;
  if (!result.task.only_shapes.empty())
    json["only_shapes"] = result.task.only_shapes;
  json["target"] = result.target;
  json["parameters"] = result.parameters;
  if (!result.without_checks.empty())
    json["without_checks"] = result.without_checks;
  const MachineRecord& machine = result.machine;
  PutUnlessEmpty(json, "device", machine.device);
  PutUnlessEmpty(json, "toolchain", machine.toolchain);
  PutUnlessEmpty(json, "cpu", machine.cpu);
  PutUnlessEmpty(json, "packages", machine.packages);
  PutUnlessEmpty(json, "judge", machine.judge);
  return json;
}

bool IsStoredResult(const Json& json) { return LackingMarks(json).empty(); }

// A run's events have some of the keys, and say that they are events.
bool ResemblesStoredResult(const Json& json) {
  if (!json.is_object() || json.contains("event")) return false;
  const bool staged = ParseStage(TextOf(json, "stage")).has_value();
  const bool judged = ParseStatus(TextOf(json, "status")).has_value();
  return (GetString(json, "id") && staged) ||
         (GetString(json, "candidate") && judged) ||
         (staged && judged && json.contains("shapes"));
}

std::vector<std::string> LackingMarks(const Json& json) {
  constexpr size_t kIdDigits = 64;
  std::vector<std::string> lacking;
  for (const char* key : {"candidate", "status", "code", "stage"})
    if (!GetString(json, key)) lacking.push_back(format("\"{}\"", key));
  if (TextOf(json, "id").size() != kIdDigits)
    lacking.push_back(format("\"id\" of {} digits", kIdDigits));
  if (!GetMember(json, "shapes").is_array()) lacking.push_back("\"shapes\"");
  return lacking;
}

Result<StoredResult> StoredResultFromJson(const Json& json) {
  StoredResult result;
  ASSIGN_OR_RETURN(result.evaluation, EvaluationFromJson(json));
  result.candidate = TextOf(json, "candidate");
  result.task = {TextOf(json, "task"), TextOf(json, "task_digest"),
                 TextsOf(json, "only_shapes")};
  result.target = TextOf(json, "target");
  result.parameters = GetStringMap(json, "parameters");
  result.without_checks = TextsOf(json, "without_checks");
  result.machine = {TextOf(json, "device"), TextOf(json, "toolchain"),
                    TextOf(json, "cpu"), TextOf(json, "packages"),
                    TextOf(json, "judge")};
  return result;
}

}  // namespace kernelevolve
