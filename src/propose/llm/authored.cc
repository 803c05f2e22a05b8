#include "propose/llm/authored.h"

namespace kernelevolve {

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

bool IsTheEnd(ChatErrorKind kind) {
  return kind == ChatErrorKind::kBudget || kind == ChatErrorKind::kNotRecorded;
}

const Candidate* ParentShown(const ProposalRequest& request) {
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

}  // namespace kernelevolve
