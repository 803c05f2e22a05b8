#include "worker/gpu/server/device_messages.h"

#include "base/base64.h"
#include "core/launch_plan_json.h"

namespace kernelevolve::worker::gpu {
namespace {

HostCode HostCodeOf(const wire::EvaluateRequest& request, std::string no_plan) {
  HostCode code;
  code.source = request.candidate.source;
  for (const auto& [name, value] : request.candidate.parameters)
    code.parameters[name] = value;
  const auto reference = request.task.files.find(request.task.reference_torch);
  if (reference != request.task.files.end()) code.reference = reference->second;
  code.no_plan = std::move(no_plan);
  return code;
}

}  // namespace

std::vector<ShapeCase> ShapesToRecord(const wire::EvaluateRequest& request) {
  CorrectnessPlan plan =
      PlanCorrectness(request.task, "gpu", request.stage, request.secret);
  std::vector<ShapeCase> shapes = std::move(plan.listed);
  const std::vector<ShapeCase> others = plan.OtherShapes();
  shapes.insert(shapes.end(), others.begin(), others.end());
  return shapes;
}

Json JudgeMessage(const wire::EvaluateRequest& request, const LaunchPlan& plan) {
  Json modules = Json::array();
  for (const std::string& module : plan.modules)
    modules.push_back(EncodeBase64(module));
  return {{"type", "judge"},
          {"id", request.id},
          {"request", wire::ToJson(request)},
          {"plan", PlanToJson(plan)},
          {"modules", std::move(modules)},
          {"ptx", plan.ptx}};
}

Json JudgeHostMessage(const wire::EvaluateRequest& request,
                      const std::string& no_plan) {
  return {{"type", "judge"},
          {"id", request.id},
          {"request", wire::ToJson(request)},
          {"no_plan", no_plan}};
}

Status ReadJudgeMessage(const Json& message, wire::EvaluateRequest* request,
                        PlannedKernel* kernel) {
  ASSIGN_OR_RETURN(*request,
                   wire::EvaluateRequestFromJson(GetMember(message, "request")));
  if (request->secret.empty()) return BadInput("a judge request has no secret");
  kernel->shapes = ShapesToRecord(*request);
  if (const auto no_plan = GetString(message, "no_plan")) {
    kernel->plan.shapes.resize(kernel->shapes.size());
    kernel->host = HostCodeOf(*request, *no_plan);
    return {};
  }
  ASSIGN_OR_RETURN(kernel->plan, PlanFromJson(GetMember(message, "plan")));
  for (const Json& module : GetMember(message, "modules")) {
    if (!module.is_string()) return BadInput("a module is no text");
    auto image = DecodeBase64(module.get<std::string>());
    if (!image) return BadInput("a module is no base64");
    kernel->plan.modules.push_back(*std::move(image));
  }
  for (const Json& text : GetMember(message, "ptx"))
    kernel->plan.ptx.push_back(text.is_string() ? text.get<std::string>() : "");
  return {};
}

Json FactsMessage() { return {{"type", "facts"}}; }

}  // namespace kernelevolve::worker::gpu
