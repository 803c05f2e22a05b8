#include "propose/llm/kernel_tools.h"

#include <algorithm>

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"
#include "propose/llm/kernel_text.h"
#include "propose/llm/tool_specs.h"
#include "propose/llm/untrusted.h"

namespace kernelevolve {
namespace {

constexpr size_t kNameBytes = 60, kPlanBytes = 200, kQueryBytes = 1000;
constexpr size_t kSourceBytes = 64 << 10, kExcerptBytes = 3 << 10;
constexpr size_t kExcerpts = 3;
// The plan of what nobody handed in.
constexpr const char* kAsItStood = "not handed in; taken as it stood";

// What the request's memory lets a model see: it may read no more by a tool
// than a prompt would tell it.
std::vector<const Node*> VisibleNodes(const ProposalRequest& request) {
  std::vector<const Node*> nodes;
  const Memory memory = request.memory;
  if (memory == Memory::kNone) return nodes;
  if (memory != Memory::kSiblings)
    nodes.insert(nodes.end(), request.ancestors.begin(),
                 request.ancestors.end());
  if (memory != Memory::kParent)
    nodes.insert(nodes.end(), request.siblings.begin(), request.siblings.end());
  if (request.parent) nodes.push_back(request.parent);
  return nodes;
}

const Node* FindNode(const ProposalRequest& request, const std::string& which) {
  if (which.empty() || which == "parent")
    return request.memory == Memory::kNone ? nullptr : request.parent;
  for (const Node* node : VisibleNodes(request))
    if (std::to_string(node->id) == which) return node;
  return nullptr;
}

std::string Said(const std::string& complaint, const char* otherwise) {
  return complaint.empty() ? otherwise : "Refused: " + complaint;
}

}  // namespace

KernelTools::KernelTools(KernelToolsParts parts, bool diagnostics,
                         int evaluations)
    : parts_(parts),
      diagnostics_(diagnostics),
      specs_(KernelToolSpecs(parts.knowledge != nullptr)),
      workspace_(ParentShown(parts.request)),
      bench_(parts_.request, diagnostics, evaluations) {}

const ToolSpec* KernelTools::Find(const std::string& name) const {
  const auto it =
      std::find_if(specs_.begin(), specs_.end(),
                   [&](const ToolSpec& each) { return each.name == name; });
  return it == specs_.end() ? nullptr : &*it;
}

Result<std::string> KernelTools::Run(const ToolCall& call,
                                     const StopCondition& stop) {
  const ToolSpec* spec = Find(call.name);
  if (!spec) {
    std::vector<std::string> names;
    for (const ToolSpec& each : specs_) names.push_back(each.name);
    return format("There is no tool \"{}\"; there are {}.",
                  Sanitize(call.name, kNameBytes), Join(names, ", "));
  }
  const auto arguments = ToolArguments::Parse(call.arguments, *spec);
  if (!arguments) return "Not done: " + arguments.error().text + ".";
  return Dispatch(call.name, *arguments, stop);
}

Result<std::string> KernelTools::Dispatch(const std::string& name,
                                          const ToolArguments& arguments,
                                          const StopCondition& stop) {
  if (name == tool::kReadKernel) return Read(arguments.Text("node"));
  if (name == tool::kWriteKernel)
    return Said(workspace_.Write(arguments.Text("source")), "Written.");
  if (name == tool::kReplace)
    return Said(
        workspace_.Replace(arguments.Text("search"), arguments.Text("replace")),
        "Replaced.");
  if (name == tool::kSearchKnowledge) return Search(arguments);
  if (name == tool::kSubmit) return Submit(arguments.Text("plan"));
  return AskBench(name, stop);
}

std::string KernelTools::Read(const std::string& which) const {
  if (which == "current")
    return workspace_.empty()
               ? "You have written no kernel yet."
               : Quoted("The current kernel", parts_.request.target->language,
                        workspace_.source(), kSourceBytes);
  const Node* node = FindNode(parts_.request, which);
  if (!node)
    return format("There is no kernel \"{}\" in your history.",
                  Sanitize(which.empty() ? "parent" : which, kNameBytes));
  return KernelText(*node, format("Node {}", node->id), diagnostics_);
}

std::string KernelTools::Search(const ToolArguments& arguments) const {
  Situation situation = parts_.situation;
  situation.text = Sanitize(arguments.Text("query"), kQueryBytes);
  const std::string error = arguments.Text("error");
  if (!error.empty()) {
    situation.error = ParseCode(error);
    if (!situation.error)
      return format("There is no verdict code \"{}\".",
                    Sanitize(error, kNameBytes));
  }
  if (const std::string bound = arguments.Text("bottleneck"); !bound.empty())
    situation.bottleneck = Sanitize(bound, kNameBytes);
  const std::string text =
      ExcerptsText(parts_.knowledge->Find(situation, kExcerpts), kExcerptBytes);
  return text.empty() ? "Nothing was found." : text;
}

Result<std::string> KernelTools::AskBench(const std::string& name,
                                          const StopCondition& stop) {
  const auto answer = workspace_.ToAnswer();
  if (!answer) return "Refused: " + answer.error().ToText();
  const Candidate candidate = CandidateOf(parts_.request, *answer);
  if (name == tool::kLint) {
    ASSIGN_OR_RETURN(std::string text, bench_.Lint(candidate, stop));
    if (bench_.Sound(candidate)) built_ = *answer;
    return text;
  }
  // The judge's time is for what nobody knows yet.
  if (const auto known = parts_.moves.Known(parts_.request, candidate))
    return "Refused: " + known->ToText();
  ASSIGN_OR_RETURN(std::string text, bench_.Evaluate(candidate, stop));
  if (bench_.Sound(candidate))
    built_ = *answer;
  else if (built_ && built_->source == answer->source)
    built_.reset();
  return text + format("Evaluations left: {}.\n", bench_.evaluations_left());
}

std::string KernelTools::Submit(const std::string& plan) {
  auto answer = workspace_.ToAnswer();
  if (!answer) return "Refused: " + answer.error().ToText();
  if (const auto known = parts_.moves.Claim(
          parts_.request, CandidateOf(parts_.request, *answer)))
    return "Refused: " + known->ToText();
  answer->plan = Shortened(plan, kPlanBytes);
  submitted_ = *std::move(answer);
  return "Handed in.";
}

std::string KernelTools::Fingerprint(const ToolCall& call) const {
  std::string arguments = call.arguments;
  if (const ToolSpec* spec = Find(call.name))
    if (const auto parsed = ToolArguments::Parse(call.arguments, *spec))
      arguments = parsed->Canonical();
  return HexDigest(call.name + "\n" + arguments + "\n" +
                   HexDigest(workspace_.source()));
}

std::optional<Candidate> KernelTools::Current() const {
  if (!workspace_.changed()) return std::nullopt;
  const auto answer = workspace_.ToAnswer();
  if (!answer) return std::nullopt;
  return CandidateOf(parts_.request, *answer);
}

tl::expected<Answer, Complaint> KernelTools::Unsubmitted(
    const StopCondition& stop) {
  auto answer = workspace_.ToAnswer();
  if (!answer) return answer;
  const Candidate candidate = CandidateOf(parts_.request, *answer);
  const auto refuse = [](std::string why) {
    return tl::unexpected<Complaint>(Complaint{std::move(why)});
  };
  if (!bench_.Built(candidate)) {
    const Result<std::string> linted = bench_.Lint(candidate, stop);
    if (!linted) return refuse(linted.error().message);
    if (!bench_.Built(candidate))
      return refuse("the kernel written so far does not build: " + *linted);
  }
  if (auto known = parts_.moves.Claim(parts_.request, candidate))
    return tl::unexpected<Complaint>(*std::move(known));
  answer->plan = kAsItStood;
  return answer;
}

std::optional<Answer> KernelTools::Built() {
  if (!built_ ||
      parts_.moves.Claim(parts_.request, CandidateOf(parts_.request, *built_)))
    return std::nullopt;
  built_->plan = kAsItStood;
  return built_;
}

}  // namespace kernelevolve
