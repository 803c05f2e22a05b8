#include "propose/llm/failed_proposal.h"

#include <algorithm>

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

constexpr size_t kRawAnswerBytes = 32 << 10;
constexpr size_t kMessageBytes = 500;

Evaluation NoKernel(VerdictStatus status, Code code, const std::string& message,
                    const std::string& raw) {
  Evaluation evaluation;
  evaluation.status = status;
  evaluation.code = code;
  evaluation.failed_check = "answer";
  evaluation.message = Sanitize(message, kMessageBytes);
  evaluation.log = Sanitize(raw, kRawAnswerBytes);
  return evaluation;
}

bool IsSubAgent(const PromptRecord& record) {
  return record.purpose == "context" || record.purpose == "search";
}

}  // namespace

void SetFailed(const Authored& authored, const ProposalRequest& request,
               Proposal& proposal) {
  // Distinct for each: the words, and whose place they were meant for.
  proposal.candidate.language = request.target->language;
  proposal.candidate.source = Sanitize(authored.raw, kRawAnswerBytes);
  proposal.candidate.label = "no kernel";
  proposal.description = "no kernel in the answer";
  proposal.failed =
      authored.error ? NoKernel(VerdictStatus::kHarnessError, Code::kModelLost,
                                format("no answer from the model ({}): {}",
                                       ChatErrorKindName(authored.error->kind),
                                       authored.error->message),
                                "")
                     : NoKernel(VerdictStatus::kReject, Code::kContract,
                                authored.complaint, authored.raw);
}

std::string OriginOf(const std::vector<PromptRecord>& records) {
  const auto first =
      std::find_if_not(records.begin(), records.end(), IsSubAgent);
  if (first == records.end()) return "";
  std::string sent;
  for (const PromptMessage& message : first->messages)
    if (message.role != "assistant") sent += message.role + "\n" + message.text;
  return format("model {} prompt {}", Sanitize(records.back().model, 100),
                HexDigest(sent).substr(0, 12));
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

}  // namespace kernelevolve
