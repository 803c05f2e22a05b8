#include "propose/llm/llm_proposer.h"

#include <utility>
#include <variant>

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"
#include "propose/llm/answer.h"
#include "propose/llm/attempts.h"

namespace kernelevolve {
namespace {

constexpr size_t kRawAnswerBytes = 32 << 10;
constexpr size_t kMessageBytes = 500;

// Trouble that the next call would meet as well.
bool EndsTheRun(ChatErrorKind kind) {
  switch (kind) {
    case ChatErrorKind::kAuth:
    case ChatErrorKind::kQuota:
    case ChatErrorKind::kBadRequest:
    case ChatErrorKind::kLocal:
    case ChatErrorKind::kCancelled:
      return true;
    default:
      return false;
  }
}

// No further answer can be had, which is no failure.
bool IsTheEnd(ChatErrorKind kind) {
  return kind == ChatErrorKind::kBudget || kind == ChatErrorKind::kNotRecorded;
}

tl::unexpected<Error> FatalError(const ChatError& error) {
  switch (error.kind) {
    case ChatErrorKind::kCancelled:
      return Fail(ErrorCode::kInterrupted, error.message);
    case ChatErrorKind::kAuth:
      return Missing(error.message);
    case ChatErrorKind::kBadRequest:
      return BadInput(error.message);
    default:
      return Broken(error.message);
  }
}

Evaluation NoKernel(VerdictStatus status, Code code, std::string message,
                    const std::string& raw) {
  Evaluation evaluation;
  evaluation.status = status;
  evaluation.code = code;
  evaluation.failed_check = "answer";
  evaluation.message = Sanitize(message, kMessageBytes);
  evaluation.log = Sanitize(raw, kRawAnswerBytes);
  return evaluation;
}

const Candidate* ParentOf(const ProposalRequest& request) {
  const bool shown = request.parent && request.memory != Memory::kNone;
  return shown ? &request.parent->candidate : nullptr;
}

Candidate CandidateOf(const ProposalRequest& request, const Answer& answer) {
  Candidate candidate;
  candidate.language = request.target->language;
  candidate.source = answer.source;
  candidate.parameters = answer.parameters;
  candidate.label = std::string(AnswerKindName(answer.kind));
  return candidate;
}

std::string OriginOf(const std::vector<PromptRecord>& records) {
  if (records.empty()) return "";
  std::string sent;
  for (const PromptMessage& message : records.front().messages)
    if (message.role != "assistant") sent += message.role + "\n" + message.text;
  return format("model {} prompt {}", Sanitize(records.back().model, 100),
                HexDigest(sent).substr(0, 12));
}

}  // namespace

struct LlmProposer::Attempted {
  std::optional<Answer> answer;
  std::string complaint;              // to repair by
  std::string raw;                    // the model's words
  std::optional<ChatError> error;     // no answer came
};

LlmProposer::LlmProposer(LlmProposerOptions options, LlmProposerParts parts)
    : options_(std::move(options)), parts_(std::move(parts)) {}

void LlmProposer::Remember(const Candidate& candidate) {
  const std::lock_guard lock(mutex_);
  moves_.insert(MoveDigest(candidate.source, candidate.parameters));
}

std::string LlmProposer::OutOfBudget() const {
  const std::lock_guard lock(mutex_);
  return out_of_budget_;
}

ChatRequest LlmProposer::RequestFor(const ProposalRequest& request,
                                    int64_t window_tokens) const {
  PromptInputs inputs;
  inputs.request = &request;
  inputs.report = ReportByRules(request);
  if (parts_.knowledge && options_.diagnostics)
    inputs.knowledge =
        parts_.knowledge->Find(inputs.report.situation, options_.excerpts);
  inputs.device_facts = options_.device_facts;
  inputs.abi = options_.abi;
  inputs.diagnostics = options_.diagnostics;
  inputs.window_tokens = window_tokens;
  inputs.answer_tokens = options_.answer_tokens;
  ChatRequest chat;
  chat.messages = BuildPrompt(inputs);
  chat.max_tokens = std::min(options_.answer_tokens, window_tokens / 2);
  chat.temperature = options_.temperature;
  // Providers take 31 bits.
  chat.seed = static_cast<int64_t>(request.seed & 0x7fffffff);
  return chat;
}

ChatRequest LlmProposer::FirstRequest(const ProposalRequest& request) const {
  return RequestFor(request, options_.window_tokens);
}

ChatResult LlmProposer::AskFitting(const ProposalRequest& request,
                                   ChatRequest& chat,
                                   Conversation& conversation) {
  ChatResult reply = conversation.Ask("propose", chat);
  // Our estimate of its tokenizer was too low: once more with half of it.
  if (!reply && reply.error().kind == ChatErrorKind::kContextExceeded) {
    chat = RequestFor(request, options_.window_tokens / 2);
    reply = conversation.Ask("propose", chat);
  }
  return reply;
}

std::string LlmProposer::RepeatComplaint(const ProposalRequest& request,
                                         const Candidate& candidate) {
  const std::string move = MoveDigest(candidate.source, candidate.parameters);
  {
    const std::lock_guard lock(mutex_);
    if (moves_.insert(move).second) return "";
  }
  for (const auto* nodes : {&request.siblings, &request.ancestors})
    for (const Node* node : *nodes)
      if (MoveDigest(node->candidate.source, node->candidate.parameters) == move)
        return format(
            "this kernel was tried before, as node {}: {} {} {}", node->id,
            StatusName(node->evaluation.status),
            CodeName(node->evaluation.code),
            Sanitize(node->evaluation.message, kMessageBytes));
  return "this kernel was proposed before in this run; propose another one";
}

LlmProposer::Attempted LlmProposer::Try(const ProposalRequest& request,
                                        ChatRequest chat,
                                        Conversation& conversation) {
  Attempted attempt;
  ChatResult reply = AskFitting(request, chat, conversation);
  for (bool repaired = !options_.repair;; repaired = true) {
    if (!reply) {
      // The first answer was paid for: its complaint is what is told.
      if (!IsTheEnd(reply.error().kind) || attempt.complaint.empty())
        attempt.error = std::move(reply).error();
      return attempt;
    }
    attempt.raw = reply->text;
    auto parsed = ParseAnswer(reply->text, ParentOf(request),
                              reply->finish_reason == FinishReason::kLength);
    attempt.complaint = parsed ? RepeatComplaint(request,
                                                 CandidateOf(request, *parsed))
                               : parsed.error().text;
    if (attempt.complaint.empty()) {
      attempt.answer = *std::move(parsed);
      return attempt;
    }
    if (repaired) return attempt;
    chat.model = reply->model;
    chat.messages.push_back({Role::kAssistant, reply->text, {}, ""});
    chat.messages.push_back(
        {Role::kUser,
         format("That answer cannot be used: {}\nAnswer again, in one of the "
                "forms asked for.",
                attempt.complaint),
         {}, ""});
    reply = conversation.Ask("repair", chat);
  }
}

Result<std::optional<Proposal>> LlmProposer::Propose(
    const ProposalRequest& request, const StopCondition& stop) {
  Conversation conversation(parts_.client, parts_.clock, parts_.price, stop);
  Attempted attempt = Try(request, FirstRequest(request), conversation);
  if (attempt.error && EndsTheRun(attempt.error->kind))
    return FatalError(*attempt.error);
  if (attempt.error && IsTheEnd(attempt.error->kind)) {
    const std::lock_guard lock(mutex_);
    out_of_budget_ = attempt.error->message;
    return std::nullopt;
  }

  Proposal proposal;
  proposal.prompts = conversation.TakeRecords();
  proposal.origin = OriginOf(proposal.prompts);
  if (attempt.answer) {
    proposal.candidate = CandidateOf(request, *attempt.answer);
    proposal.description = attempt.answer->plan;
    return proposal;
  }
  // Distinct for each: the words, and whose place they were meant for.
  proposal.candidate.language = request.target->language;
  proposal.candidate.source = Sanitize(attempt.raw, kRawAnswerBytes);
  proposal.candidate.label = "no kernel";
  proposal.description = "no kernel in the answer";
  proposal.failed =
      attempt.error
          ? NoKernel(VerdictStatus::kHarnessError, Code::kWorkerLost,
                     format("no answer from the model ({}): {}",
                            ChatErrorKindName(attempt.error->kind),
                            attempt.error->message),
                     "")
          : NoKernel(VerdictStatus::kReject, Code::kContract,
                     attempt.complaint, attempt.raw);
  return proposal;
}

}  // namespace kernelevolve
