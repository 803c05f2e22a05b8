#include "worker/gpu/server/device_messages.h"

#include "base/base64.h"
#include "core/launch_plan_json.h"

namespace kernelevolve::worker::gpu {

std::vector<ShapeCase> ShapesToRecord(const wire::EvaluateRequest& request) {
  CorrectnessPlan plan =
      PlanCorrectness(request.task, "gpu", request.stage, request.secret);
  std::vector<ShapeCase> shapes = std::move(plan.listed);
  shapes.insert(shapes.end(), plan.held_out.begin(), plan.held_out.end());
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
          {"modules", std::move(modules)}};
}

Status ReadJudgeMessage(const Json& message, wire::EvaluateRequest* request,
                        PlannedKernel* kernel) {
  ASSIGN_OR_RETURN(*request,
                   wire::EvaluateRequestFromJson(GetMember(message, "request")));
  if (request->secret.empty()) return BadInput("a judge request has no secret");
  ASSIGN_OR_RETURN(kernel->plan, PlanFromJson(GetMember(message, "plan")));
  for (const Json& module : GetMember(message, "modules")) {
    if (!module.is_string()) return BadInput("a module is no text");
    auto image = DecodeBase64(module.get<std::string>());
    if (!image) return BadInput("a module is no base64");
    kernel->plan.modules.push_back(*std::move(image));
  }
  kernel->shapes = ShapesToRecord(*request);
  return {};
}

Json FactsMessage() { return {{"type", "facts"}}; }

}  // namespace kernelevolve::worker::gpu
