#include "engine/pending_steps.h"

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "wire/messages.h"

namespace kernelevolve {
namespace {

constexpr int64_t kVersion = 1;
constexpr size_t kMostBytes = 256 << 20;

Json ToJson(const PromptRecord& prompt, bool messages) {
  Json json = {{"purpose", prompt.purpose},
               {"provider", prompt.provider},
               {"model", prompt.model},
               {"messages", Json::array()},
               {"input_tokens", prompt.input_tokens},
               {"cached_tokens", prompt.cached_tokens},
               {"output_tokens", prompt.output_tokens},
               {"estimated", prompt.estimated},
               {"dollars", prompt.dollars},
               {"seconds", prompt.seconds},
               {"created_wall_s", prompt.created_wall_s},
               {"calls", prompt.calls}};
  if (!messages) return json;
  for (const PromptMessage& message : prompt.messages)
    json["messages"].push_back({{"role", message.role}, {"text", message.text}});
  return json;
}

PromptRecord PromptFromJson(const Json& json) {
  const auto text = [&](const Json& from, const char* key) {
    return GetString(from, key).value_or("");
  };
  const auto count = [&](const char* key) {
    return GetInteger(json, key).value_or(0);
  };
  PromptRecord prompt;
  prompt.purpose = text(json, "purpose");
  prompt.provider = text(json, "provider");
  prompt.model = text(json, "model");
  for (const Json& message : GetMember(json, "messages"))
    prompt.messages.push_back({text(message, "role"), text(message, "text")});
  prompt.input_tokens = count("input_tokens");
  prompt.cached_tokens = count("cached_tokens");
  prompt.output_tokens = count("output_tokens");
  prompt.estimated = GetBool(json, "estimated").value_or(false);
  prompt.dollars = GetNumber(json, "dollars").value_or(0);
  prompt.seconds = GetNumber(json, "seconds").value_or(0);
  prompt.created_wall_s = GetNumber(json, "created_wall_s").value_or(0);
  prompt.calls = count("calls");
  return prompt;
}

Json ToJson(const PendingStep& step, bool messages) {
  Json prompts = Json::array();
  for (const PromptRecord& prompt : step.prompts)
    prompts.push_back(ToJson(prompt, messages));
  return {{"prompts", std::move(prompts)},
          {"kind", NodeKindName(step.kind)},
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
  for (const Json& prompt : GetMember(json, "prompts"))
    step.prompts.push_back(PromptFromJson(prompt));
  ASSIGN_OR_RETURN(step.candidate,
                   wire::CandidateFromJson(GetMember(json, "candidate")));
  return step;
}

}  // namespace

static std::string TextOf(const std::vector<PendingStep>& steps,
                          bool messages) {
  Json list = Json::array();
  for (const PendingStep& step : steps) list.push_back(ToJson(step, messages));
  return DumpJson({{"pending", kVersion}, {"steps", std::move(list)}});
}

Status PendingSteps::Write(const std::vector<PendingStep>& steps) const {
  std::string text = TextOf(steps, true);
  // What was said is for people to read; the kernels are what counts.
  if (text.size() > kMostBytes) text = TextOf(steps, false);
  return WriteFileAtomic(file_, text);
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
