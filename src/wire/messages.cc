#include "wire/messages.h"

#include <array>
#include <limits>

#include "base/format.h"
#include "core/evaluation_json.h"
#include "wire/json_reader.h"

namespace kernelevolve::wire {
namespace {

constexpr int64_t kMaxId = std::numeric_limits<int64_t>::max();

constexpr std::array<std::pair<ErrorCode, std::string_view>, 4> kErrorNames = {{
    {ErrorCode::kBadInput, "bad_input"},
    {ErrorCode::kMissing, "missing"},
    {ErrorCode::kInfrastructure, "infrastructure"},
    {ErrorCode::kInterrupted, "interrupted"},
}};

std::string_view ErrorName(ErrorCode code) {
  for (const auto& [value, name] : kErrorNames)
    if (value == code) return name;
  return "infrastructure";
}

Json LayerToJson(const SandboxLayer& layer) {
  return {{"name", layer.name},
          {"working", layer.working},
          {"detail", layer.detail}};
}

Result<SandboxLayer> LayerFromJson(const Json& json) {
  SandboxLayer layer;
  ASSIGN_OR_RETURN(layer.name, NeedString(json, "name"));
  layer.working = GetBool(json, "working").value_or(false);
  layer.detail = GetString(json, "detail").value_or("");
  return layer;
}

Result<Stage> NeedStage(const Json& json) {
  ASSIGN_OR_RETURN(const std::string name, NeedString(json, "stage"));
  if (const auto stage = ParseStage(name)) return *stage;
  return BadInput("message: \"stage\" is none of search, confirm, final");
}

// Task and target, which every request carries.
template <typename Request>
Status ReadSubject(const Json& json, Request& request) {
  ASSIGN_OR_RETURN(request.id, NeedInteger(json, "id", 1, kMaxId));
  ASSIGN_OR_RETURN(const Json* task, NeedObject(json, "task"));
  ASSIGN_OR_RETURN(request.task, TaskFromJson(*task));
  ASSIGN_OR_RETURN(const Json* target, NeedObject(json, "target"));
  ASSIGN_OR_RETURN(request.target, TargetFromJson(*target));
  return {};
}

}  // namespace

std::string MessageType(const Json& message) {
  return GetString(message, "type").value_or("");
}

int64_t MessageId(const Json& message) {
  return GetInteger(message, "id").value_or(0);
}

Json ToJson(const Hello& hello) {
  Json layers = Json::array();
  for (const SandboxLayer& layer : hello.sandbox)
    layers.push_back(LayerToJson(layer));
  return {{"type", "hello"},
          {"protocol", hello.protocol},
          {"version", hello.version},
          {"capabilities", hello.capabilities},
          {"sandbox", std::move(layers)},
          {"device", hello.device},
          {"toolchain", hello.toolchain}};
}

Result<Hello> HelloFromJson(const Json& json) {
  RETURN_IF_ERROR(NeedType(json, "hello"));
  Hello hello;
  ASSIGN_OR_RETURN(const int64_t protocol,
                   NeedInteger(json, "protocol", 1, 1'000'000));
  hello.protocol = static_cast<int>(protocol);
  // A greeting of another protocol is read no further: the caller refuses it by
  // its number, whatever the rest has become.
  if (hello.protocol != kProtocolVersion) return hello;
  ASSIGN_OR_RETURN(hello.version, NeedString(json, "version"));
  ASSIGN_OR_RETURN(hello.capabilities, NeedStrings(json, "capabilities"));
  ASSIGN_OR_RETURN(hello.device, NeedString(json, "device"));
  ASSIGN_OR_RETURN(hello.toolchain, NeedString(json, "toolchain"));
  const Json& layers = GetMember(json, "sandbox");
  if (!layers.is_array())
    return BadInput("message: \"sandbox\" is not an array");
  for (const Json& layer : layers) {
    ASSIGN_OR_RETURN(SandboxLayer read, LayerFromJson(layer));
    hello.sandbox.push_back(std::move(read));
  }
  return hello;
}

Json ToJson(const EvaluateRequest& request) {
  return {{"type", "evaluate"},
          {"id", request.id},
          {"task", TaskToJson(request.task)},
          {"target", TargetToJson(request.target)},
          {"candidate", CandidateToJson(request.candidate)},
          {"stage", StageName(request.stage)},
          {"secret", request.secret},
          {"disabled_checks", request.disabled_checks},
          {"explain", request.explain},
          {"build_only", request.build_only}};
}

Result<EvaluateRequest> EvaluateRequestFromJson(const Json& json) {
  RETURN_IF_ERROR(NeedType(json, "evaluate"));
  EvaluateRequest request;
  RETURN_IF_ERROR(ReadSubject(json, request));
  ASSIGN_OR_RETURN(const Json* candidate, NeedObject(json, "candidate"));
  ASSIGN_OR_RETURN(request.candidate, CandidateFromJson(*candidate));
  ASSIGN_OR_RETURN(request.stage, NeedStage(json));
  ASSIGN_OR_RETURN(request.secret, NeedString(json, "secret"));
  ASSIGN_OR_RETURN(request.disabled_checks,
                   NeedStrings(json, "disabled_checks"));
  request.explain = GetBool(json, "explain").value_or(false);
  request.build_only = GetBool(json, "build_only").value_or(false);
  return request;
}

Json ToJson(const CheckTaskRequest& request) {
  return {{"type", "check_task"},
          {"id", request.id},
          {"task", TaskToJson(request.task)},
          {"target", TargetToJson(request.target)}};
}

Result<CheckTaskRequest> CheckTaskRequestFromJson(const Json& json) {
  RETURN_IF_ERROR(NeedType(json, "check_task"));
  CheckTaskRequest request;
  RETURN_IF_ERROR(ReadSubject(json, request));
  return request;
}

Json ToJson(const std::vector<TaskFinding>& findings) {
  Json array = Json::array();
  for (const TaskFinding& finding : findings)
    array.push_back({{"ok", finding.ok},
                     {"check", finding.check},
                     {"detail", finding.detail}});
  return array;
}

Result<std::vector<TaskFinding>> TaskFindingsFromJson(const Json& json) {
  if (!json.is_array())
    return BadInput("message: \"findings\" is not an array");
  std::vector<TaskFinding> findings;
  for (const Json& item : json) {
    const auto ok = GetBool(item, "ok");
    if (!ok) return BadInput("message: \"ok\" is neither true nor false");
    TaskFinding finding{.ok = *ok};
    ASSIGN_OR_RETURN(finding.check, NeedString(item, "check"));
    ASSIGN_OR_RETURN(finding.detail, NeedString(item, "detail"));
    findings.push_back(std::move(finding));
  }
  return findings;
}

Json ProgressMessage(int64_t id, std::string_view phase) {
  return {{"type", "progress"}, {"id", id}, {"phase", phase}};
}

Json EvaluationMessage(int64_t id, const Evaluation& evaluation) {
  return {{"type", "result"},
          {"id", id},
          {"evaluation", kernelevolve::ToJson(evaluation)}};
}

Json FindingsMessage(int64_t id, const std::vector<TaskFinding>& findings) {
  return {{"type", "result"}, {"id", id}, {"findings", ToJson(findings)}};
}

Json ErrorMessage(int64_t id, const Error& error) {
  return {{"type", "error"},
          {"id", id},
          {"code", ErrorName(error.code)},
          {"message", error.message},
          {"retryable", error.retryable}};
}

Error ErrorFromJson(const Json& message) {
  Error error;
  const std::string name = GetString(message, "code").value_or("");
  for (const auto& [code, known] : kErrorNames)
    if (known == name) error.code = code;
  error.message = GetString(message, "message").value_or("the worker failed");
  error.retryable = GetBool(message, "retryable").value_or(false);
  return error;
}

}  // namespace kernelevolve::wire
