#include "worker/record/record_reply.h"

#include <algorithm>

#include "base/base64.h"
#include "base/format.h"
#include "base/text.h"
#include "core/launch_plan_json.h"
#include "worker/record/stream_order.h"

namespace kernelevolve::worker {
namespace {

constexpr size_t kMessageBytes = 1000, kLogBytes = 6000, kMostModules = 256;
// What a recorder may find a kernel guilty of.
constexpr Code kCodes[] = {
    Code::kBuildFailed, Code::kBuildTamper, Code::kContract,  Code::kDelegation,
    Code::kRunFailed,   Code::kResource,    Code::kResidency, Code::kLaunchFail,
    Code::kTimeout,     Code::kEarlyExit,   Code::kCrash};

Failure Forged(const std::string& what) {
  return {Code::kResultForgery, "the recorder's answer is not its own: " + what,
          "record", ""};
}

std::string Log(const Json& reply) {
  return Sanitize(GetString(reply, "log").value_or(""), kLogBytes);
}

Failure ReadFailure(const Json& reply) {
  const auto code = ParseCode(GetString(reply, "code").value_or(""));
  if (!code || std::ranges::find(kCodes, *code) == std::end(kCodes))
    return Forged("an unknown failure");
  const bool no_plan = GetBool(reply, "no_plan").value_or(false) &&
                       (code == Code::kContract || code == Code::kDelegation);
  return {*code,
          Sanitize(GetString(reply, "message").value_or("could not be recorded"),
                   kMessageBytes),
          no_plan ? kNoPlanCheck : "record", Log(reply)};
}

// Images, and what stands in them.
std::optional<Failure> ReadModules(const Json& reply, RecordedKernel* out) {
  const Json& modules = GetMember(reply, "modules");
  if (!modules.is_array() || modules.size() > kMostModules)
    return Forged("modules");
  for (const Json& item : modules) {
    if (!item.is_string()) return Forged("modules");
    auto image = DecodeBase64(item.get_ref<const std::string&>());
    if (!image) return Forged("modules");
    // Whatever the architecture: the driver will know.
    auto facts = ReadKernelFacts(*image, /*arch=*/0);
    if (!facts) return Forged(facts.error().message);
    for (KernelFacts& one : *facts) {
      one.module = static_cast<int>(out->plan.modules.size());
      out->facts.push_back(std::move(one));
    }
    out->plan.modules.push_back(*std::move(image));
  }
  return std::nullopt;
}

// For each module or for none.
std::optional<Failure> ReadPtx(const Json& reply, LaunchPlan* plan) {
  const Json& texts = GetMember(reply, "ptx");
  if (texts.is_null()) return std::nullopt;
  if (!texts.is_array() || texts.size() != plan->modules.size()) return Forged("ptx");
  size_t bytes = 0;
  for (const Json& text : texts) {
    if (!text.is_string()) return Forged("ptx");
    plan->ptx.push_back(text.get<std::string>());
    bytes += plan->ptx.back().size();
  }
  if (bytes > kMostPtxBytes) return Forged("ptx");
  return std::nullopt;
}

std::optional<Failure> CheckLaunch(const LaunchOp& op,
                                   const std::vector<KernelFacts>& facts) {
  const auto kernel = std::ranges::find_if(facts, [&](const KernelFacts& one) {
    return one.module == op.module && one.name == op.kernel;
  });
  const std::string name = Sanitize(op.kernel, 120);
  if (kernel == facts.end())
    return Forged(format("module {} has no {}", op.module, name));
  const bool same = std::ranges::equal(op.offsets, kernel->parameters, {}, {},
                                       &KernelParameter::offset);
  if (!same || op.parameters.size() != kernel->ParameterBytes())
    return Forged(format("{} takes {} parameters in {} bytes, not {} in {}", name,
                         kernel->parameters.size(), kernel->ParameterBytes(),
                         op.offsets.size(), op.parameters.size()));
  return std::nullopt;
}

std::optional<Failure> CheckOps(const std::vector<PlanOp>& ops,
                                const std::vector<KernelFacts>& facts) {
  for (const PlanOp& op : ops)
    if (const auto* launch = std::get_if<LaunchOp>(&op))
      if (auto failed = CheckLaunch(*launch, facts)) return failed;
  return CheckStreams(ops);
}

}  // namespace

Verdictless ReadRecordReply(const Json& reply, RecordedKernel* out) {
  if (!GetBool(reply, "ok").value_or(false)) return ReadFailure(reply);
  *out = {};
  auto plan = PlanFromJson(GetMember(reply, "plan"));
  if (!plan) return Forged(plan.error().message);
  out->plan = *std::move(plan);
  out->log = Log(reply);
  if (auto failed = ReadModules(reply, out)) return *failed;
  if (auto failed = ReadPtx(reply, &out->plan)) return *failed;
  for (const ShapePlan& shape : out->plan.shapes)
    for (const auto* ops : {&shape.setup, &shape.run})
      if (auto failed = CheckOps(*ops, out->facts)) return *failed;
  return std::nullopt;
}

}  // namespace kernelevolve::worker
