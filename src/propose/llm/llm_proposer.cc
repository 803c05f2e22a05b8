#include "propose/llm/llm_proposer.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "llm/token_estimate.h"
#include "propose/llm/failed_proposal.h"
#include "propose/llm/tool_loop.h"

namespace kernelevolve {
namespace {

// Of the window, what the opening prompt leaves to work with tools: calls,
// results and the schemas of the tools.
int64_t RoomForTools(int64_t window_tokens) {
  constexpr int64_t kMost = 20 << 10;
  return std::min(window_tokens / 3, kMost);
}

}  // namespace

LlmProposer::LlmProposer(LlmProposerOptions options, LlmProposerParts parts)
    : options_(std::move(options)), parts_(std::move(parts)) {}

void LlmProposer::Remember(const Candidate& candidate) {
  moves_.Remember(candidate);
}

std::string LlmProposer::OutOfBudget() const {
  const std::lock_guard lock(mutex_);
  return out_of_budget_;
}

bool LlmProposer::UsesTools(const ProposalRequest& request) const {
  return options_.tools && request.workbench;
}

KnowledgeSource* LlmProposer::Knowledge() const {
  return options_.diagnostics ? parts_.knowledge : nullptr;
}

PromptInputs LlmProposer::InputsFor(const ProposalRequest& request,
                                    BottleneckReport report) const {
  PromptInputs inputs;
  inputs.request = &request;
  inputs.report = std::move(report);
  if (parts_.examples) inputs.example = parts_.examples->For(request);
  inputs.device_facts = options_.device_facts;
  inputs.abi = options_.abi;
  if (UsesTools(request))
    inputs.tools = ToolInstructions(KernelToolSpecs(Knowledge() != nullptr),
                                    options_.tool_limits);
  inputs.diagnostics = options_.diagnostics;
  inputs.answer_tokens = options_.answer_tokens;
  return inputs;
}

PromptInputs LlmProposer::Gather(const ProposalRequest& request,
                                 Conversation& conversation) const {
  const bool ask = options_.diagnostics && parts_.context;
  PromptInputs inputs =
      InputsFor(request, ask ? parts_.context->Report(request, conversation)
                             : ReportByRules(request));
  const Situation& situation = inputs.report.situation;
  if (!Knowledge()) return inputs;
  inputs.knowledge =
      parts_.search
          ? parts_.search->Find(situation, options_.excerpts, request.seed,
                                conversation)
          : parts_.knowledge->Find(situation, options_.excerpts);
  return inputs;
}

PromptInputs LlmProposer::Fitted(const PromptInputs& inputs,
                                 int64_t window_tokens) const {
  PromptInputs fitted = inputs;
  const bool tools = UsesTools(*inputs.request);
  fitted.window_tokens =
      window_tokens - (tools ? RoomForTools(window_tokens) : 0);
  fitted.answer_tokens = std::min(options_.answer_tokens, window_tokens / 2);
  return fitted;
}

Status LlmProposer::CheckWindow(const ProposalRequest& draft) const {
  constexpr int64_t kStep = 256, kMost = 4 << 20;
  const PromptInputs inputs = InputsFor(draft, ReportByRules(draft));
  const int64_t given = options_.window_tokens;
  int64_t needed = given;
  while (needed < kMost && MissingTokens(Fitted(inputs, needed)) > 0)
    needed += kStep;
  if (needed == given) return {};
  const int64_t answer = Fitted(inputs, given).answer_tokens;
  return BadInput(format(
      "a window of {} tokens has no room for the task, the rules of the "
      "language and the form of the answer beside {} tokens of answer{}: "
      "--window {} has{}",
      given, answer,
      UsesTools(draft) ? format(" and {} for tools", RoomForTools(given)) : "",
      needed, UsesTools(draft) ? "; --answer and --no-tools save tokens" : ""));
}

ChatRequest LlmProposer::RequestFor(const PromptInputs& inputs,
                                    int64_t window_tokens) const {
  ChatRequest chat;
  chat.messages = BuildPrompt(Fitted(inputs, window_tokens));
  chat.max_tokens = std::min(options_.answer_tokens, window_tokens / 2);
  chat.temperature = options_.temperature;
  // Providers take 31 bits.
  chat.seed = static_cast<int64_t>(inputs.request->seed & 0x7fffffff);
  return chat;
}

ChatRequest LlmProposer::FirstRequest(const ProposalRequest& request) const {
  PromptInputs inputs = InputsFor(request, ReportByRules(request));
  if (KnowledgeSource* knowledge = Knowledge())
    inputs.knowledge =
        knowledge->Find(inputs.report.situation, options_.excerpts);
  return parts_.redactor.Clean(RequestFor(inputs, options_.window_tokens));
}

int64_t LlmProposer::MostCalls(const ProposalRequest& request) const {
  const int64_t sub_agents = (parts_.context ? 1 : 0) + (parts_.search ? 1 : 0);
  const int64_t own =
      UsesTools(request) ? options_.tool_limits.steps : options_.repair ? 2 : 1;
  return sub_agents + own;
}

int64_t LlmProposer::MostPromptTokens(const ProposalRequest& request) const {
  const ChatRequest first = FirstRequest(request);
  // A repair sends the answer back.
  return UsesTools(request)
             ? options_.window_tokens - first.max_tokens
             : EstimatePromptTokens(first) + first.max_tokens;
}

ChatResult LlmProposer::AskFitting(const PromptInputs& inputs,
                                   ChatRequest& chat,
                                   Conversation& conversation) {
  ChatResult reply = conversation.Ask("propose", chat);
  // Our estimate of its tokenizer was too low: once more with half of it.
  if (!reply && reply.error().kind == ChatErrorKind::kContextExceeded) {
    chat = RequestFor(inputs, options_.window_tokens / 2);
    reply = conversation.Ask("propose", chat);
  }
  return reply;
}

tl::expected<Answer, Complaint> LlmProposer::Read(
    const ProposalRequest& request, const ChatReply& reply,
    const Candidate* current) {
  const bool cut_off = reply.finish_reason == FinishReason::kLength;
  auto answer = ParseAnswer(reply.text, ParentShown(request), cut_off);
  // Edits may be meant for what was written with tools.
  if (!answer && current)
    if (auto edited = ParseAnswer(reply.text, current, cut_off))
      answer = std::move(edited);
  if (!answer) return answer;
  if (auto known = moves_.Claim(request, CandidateOf(request, *answer)))
    return tl::unexpected<Complaint>(*std::move(known));
  return answer;
}

Authored LlmProposer::Answered(const PromptInputs& inputs,
                               Conversation& conversation) {
  Authored authored;
  ChatRequest chat = RequestFor(inputs, options_.window_tokens);
  ChatResult reply = AskFitting(inputs, chat, conversation);
  for (bool repaired = !options_.repair;; repaired = true) {
    if (!reply) {
      // The first answer was paid for: its complaint is what is told.
      if (!IsTheEnd(reply.error().kind) || authored.complaint.empty())
        authored.error = std::move(reply).error();
      return authored;
    }
    authored.raw = reply->text;
    auto answer = Read(*inputs.request, *reply, nullptr);
    if (answer) {
      authored.answer = *std::move(answer);
      return authored;
    }
    authored.complaint = answer.error().text;
    if (repaired) return authored;
    chat.model = reply->model;
    chat.messages.push_back({Role::kAssistant, reply->text, {}, ""});
    chat.messages.push_back(
        {Role::kUser,
         format("That answer cannot be used: {}\nAnswer again, in {} asked "
                "for; a whole file defines {}.",
                answer.error().ToText(),
                ParentShown(*inputs.request) ? "one of the forms" : "the form",
                EntryPointOf(inputs.request->target->language)),
         {},
         ""});
    reply = conversation.Ask("repair", chat);
  }
}

Authored LlmProposer::Worked(const PromptInputs& inputs,
                             Conversation& conversation) {
  const ProposalRequest& request = *inputs.request;
  KernelTools tools({request, inputs.report.situation, Knowledge(), moves_},
                    options_.diagnostics, options_.tool_limits.evaluations);
  ToolLoop loop({options_.tool_limits, options_.window_tokens}, tools,
                conversation,
                [&](const ChatReply& reply, const Candidate* current) {
                  return Read(request, reply, current);
                });
  Authored authored =
      loop.Run(RequestFor(inputs, options_.window_tokens), native_tools_);
  if (loop.refused_tools()) native_tools_ = false;
  return authored;
}

Result<std::optional<Proposal>> LlmProposer::Propose(
    const ProposalRequest& request, const StopCondition& stop) {
  Conversation conversation(parts_.client, parts_.clock, parts_.redactor, stop);
  const PromptInputs inputs = Gather(request, conversation);
  const Authored authored = UsesTools(request) ? Worked(inputs, conversation)
                                               : Answered(inputs, conversation);
  if (conversation.answered()) heard_ = true;
  // Nobody was ever there: the address is wrong, and stays so.
  const bool nobody = authored.error && !heard_ &&
                      authored.error->kind == ChatErrorKind::kNetwork;
  if (nobody || (authored.error && EndsTheRun(authored.error->kind))) {
    Proposal proposal;
    proposal.prompts = conversation.TakeRecords();
    proposal.trouble = FatalError(*authored.error).value();
    return proposal;
  }
  // What was paid for is kept, as a node that failed; the next one ends here.
  if (authored.error && IsTheEnd(authored.error->kind) &&
      !conversation.paid()) {
    const std::lock_guard lock(mutex_);
    out_of_budget_ = authored.error->message;
    return std::nullopt;
  }
  Proposal proposal;
  proposal.prompts = conversation.TakeRecords();
  proposal.origin = OriginOf(proposal.prompts);
  if (!authored.answer) {
    SetFailed(authored, request, proposal);
    return proposal;
  }
  proposal.candidate = CandidateOf(request, *authored.answer);
  proposal.description = authored.answer->plan;
  return proposal;
}

}  // namespace kernelevolve
