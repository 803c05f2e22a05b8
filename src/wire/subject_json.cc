// What a request is about: task, target, candidate.
#include "core/task_parser.h"
#include "wire/json_reader.h"
#include "wire/messages.h"

namespace kernelevolve::wire {
namespace {

constexpr int64_t kMaxLimit = 1'000'000;

}  // namespace

Json TaskToJson(const Task& task) {
  Json files = Json::array();
  for (const auto& [path, contents] : task.files) {
    Json file = {{"path", path}};
    PutBytes(file, "contents", contents);
    files.push_back(std::move(file));
  }
  return {{"files", std::move(files)}};
}

Result<Task> TaskFromJson(const Json& json) {
  const Json& list = GetMember(json, "files");
  if (!list.is_array()) return BadInput("message: \"files\" is not an array");
  std::map<std::string, std::string> files;
  for (const Json& item : list) {
    ASSIGN_OR_RETURN(const std::string path, NeedString(item, "path"));
    ASSIGN_OR_RETURN(files[path], NeedBytes(item, "contents"));
  }
  ParsedTask parsed = ParseTask(std::move(files));
  if (parsed.diagnostics.empty()) return std::move(parsed.task);
  return BadInput("message: " + parsed.diagnostics.front().ToString());
}

Json TargetToJson(const Target& target) {
  const CompileRule& rule = target.compile;
  return {{"language", target.language},
          {"device", target.device},
          {"device_kind", target.device_kind},
          {"compile",
           {{"argv", rule.argv},
            {"precompile", rule.precompile},
            {"extension", rule.extension},
            {"timeout_s", rule.timeout_s},
            {"memory_mb", rule.memory_mb},
            {"artefact_mb", rule.artefact_mb}}}};
}

Result<Target> TargetFromJson(const Json& json) {
  Target target;
  ASSIGN_OR_RETURN(target.language, NeedString(json, "language"));
  ASSIGN_OR_RETURN(target.device, NeedString(json, "device"));
  ASSIGN_OR_RETURN(target.device_kind, NeedString(json, "device_kind"));
  ASSIGN_OR_RETURN(const Json* compile, NeedObject(json, "compile"));
  CompileRule& rule = target.compile;
  ASSIGN_OR_RETURN(rule.argv, NeedStrings(*compile, "argv"));
  if (rule.argv.empty()) return BadInput("message: \"argv\" is empty");
  if (compile->contains("precompile")) {
    ASSIGN_OR_RETURN(rule.precompile, NeedStrings(*compile, "precompile"));
  }
  ASSIGN_OR_RETURN(rule.extension, NeedString(*compile, "extension"));
  for (const auto& [key, field] :
       {std::pair{"timeout_s", &rule.timeout_s},
        std::pair{"memory_mb", &rule.memory_mb},
        std::pair{"artefact_mb", &rule.artefact_mb}}) {
    ASSIGN_OR_RETURN(const int64_t value,
                     NeedInteger(*compile, key, 1, kMaxLimit));
    *field = static_cast<int>(value);
  }
  return target;
}

Json CandidateToJson(const Candidate& candidate) {
  Json parameters = Json::object();
  for (const auto& [name, value] : candidate.parameters)
    parameters[name] = value;
  Json json = {{"language", candidate.language}};
  PutBytes(json, "source", candidate.source);
  json["parameters"] = std::move(parameters);
  json["label"] = candidate.label;
  return json;
}

Result<Candidate> CandidateFromJson(const Json& json) {
  Candidate candidate;
  ASSIGN_OR_RETURN(candidate.language, NeedString(json, "language"));
  ASSIGN_OR_RETURN(candidate.source, NeedBytes(json, "source"));
  candidate.label = GetString(json, "label").value_or("");
  ASSIGN_OR_RETURN(const Json* parameters, NeedObject(json, "parameters"));
  for (const auto& [name, value] : parameters->items()) {
    if (!value.is_string())
      return BadInput("message: a value of \"parameters\" is not a text");
    candidate.parameters[name] = value.get<std::string>();
  }
  return candidate;
}

}  // namespace kernelevolve::wire
