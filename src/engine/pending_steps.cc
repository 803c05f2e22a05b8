#include "engine/pending_steps.h"

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "wire/messages.h"

namespace kernelevolve {
namespace {

constexpr int64_t kVersion = 1;
constexpr size_t kMostBytes = 256 << 20;

Json ToJson(const PendingStep& step) {
  return {{"kind", NodeKindName(step.kind)},
          {"parent", step.parent},
          {"draft_index", step.draft_index},
          {"candidate", wire::CandidateToJson(step.candidate)},
          {"origin", step.origin},
          {"description", step.description}};
}

Result<PendingStep> StepFromJson(const Json& json) {
  PendingStep step;
  const std::string kind = GetString(json, "kind").value_or("");
  for (const NodeKind each :
       {NodeKind::kDraft, NodeKind::kExpand, NodeKind::kTune})
    if (kind == NodeKindName(each)) step.kind = each;
  step.parent = GetInteger(json, "parent").value_or(0);
  step.draft_index =
      static_cast<int>(GetInteger(json, "draft_index").value_or(0));
  step.origin = GetString(json, "origin").value_or("");
  step.description = GetString(json, "description").value_or("");
  ASSIGN_OR_RETURN(step.candidate,
                   wire::CandidateFromJson(GetMember(json, "candidate")));
  return step;
}

}  // namespace

Status PendingSteps::Write(const std::vector<PendingStep>& steps) const {
  Json list = Json::array();
  for (const PendingStep& step : steps) list.push_back(ToJson(step));
  return WriteFileAtomic(
      file_, DumpJson({{"pending", kVersion}, {"steps", std::move(list)}}));
}

Result<std::vector<PendingStep>> PendingSteps::Read() const {
  std::vector<PendingStep> steps;
  std::error_code error;
  if (!fs::exists(file_, error)) return steps;
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file_, kMostBytes));
  ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  if (GetInteger(json, "pending") != kVersion)
    return BadInput(format("{}: this is no list of pending steps of this "
                           "version",
                           file_.string()));
  for (const Json& entry : GetMember(json, "steps")) {
    ASSIGN_OR_RETURN(PendingStep step, StepFromJson(entry));
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace kernelevolve
