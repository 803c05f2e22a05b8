#include "llm/chat.h"

#include <array>
#include <utility>

namespace kernelevolve {
namespace {

template <typename T, size_t N>
using Names = std::array<std::pair<T, std::string_view>, N>;

constexpr Names<Role, 4> kRoles{{{Role::kSystem, "system"},
                                 {Role::kUser, "user"},
                                 {Role::kAssistant, "assistant"},
                                 {Role::kTool, "tool"}}};

constexpr Names<FinishReason, 3> kReasons{
    {{FinishReason::kStop, "stop"},
     {FinishReason::kLength, "length"},
     {FinishReason::kToolCalls, "tool_calls"}}};

constexpr Names<ChatErrorKind, 15> kKinds{
    {{ChatErrorKind::kAuth, "auth"},
     {ChatErrorKind::kQuota, "quota"},
     {ChatErrorKind::kRateLimited, "rate_limited"},
     {ChatErrorKind::kOverloaded, "overloaded"},
     {ChatErrorKind::kBadRequest, "bad_request"},
     {ChatErrorKind::kContextExceeded, "context_exceeded"},
     {ChatErrorKind::kRefused, "refused"},
     {ChatErrorKind::kMalformed, "malformed"},
     {ChatErrorKind::kTruncated, "truncated"},
     {ChatErrorKind::kTimeout, "timeout"},
     {ChatErrorKind::kNetwork, "network"},
     {ChatErrorKind::kBudget, "budget"},
     {ChatErrorKind::kCancelled, "cancelled"},
     {ChatErrorKind::kNotRecorded, "not_recorded"},
     {ChatErrorKind::kLocal, "local"}}};

template <typename T, size_t N>
std::string_view NameIn(const Names<T, N>& names, T value) {
  for (const auto& [known, name] : names)
    if (known == value) return name;
  return "unknown";
}

template <typename T, size_t N>
std::optional<T> ValueIn(const Names<T, N>& names, std::string_view name) {
  for (const auto& [value, known] : names)
    if (known == name) return value;
  return std::nullopt;
}

}  // namespace

void Charge::Add(const Charge& other) {
  calls += other.calls;
  usage.input += other.usage.input;
  usage.cached += other.usage.cached;
  usage.output += other.usage.output;
  usage.estimated |= other.usage.estimated;
  dollars += other.dollars;
}

Charge ChargeOf(const ChatResult& result) {
  if (result)
    return result->charged.value_or(Charge{1, result->usage, result->dollars});
  const ChatError& error = result.error();
  if (error.charged) return *error.charged;
  return error.usage ? Charge{1, *error.usage, 0} : Charge{};
}

void AddCharge(const Charge& earlier, ChatResult& result) {
  Charge all = earlier;
  all.Add(ChargeOf(result));
  (result ? result->charged : result.error().charged) = all;
}

std::string_view RoleName(Role role) { return NameIn(kRoles, role); }

std::string_view FinishReasonName(FinishReason reason) {
  return NameIn(kReasons, reason);
}
std::optional<FinishReason> ParseFinishReason(std::string_view name) {
  return ValueIn(kReasons, name);
}

std::string_view ChatErrorKindName(ChatErrorKind kind) {
  return NameIn(kKinds, kind);
}
std::optional<ChatErrorKind> ParseChatErrorKind(std::string_view name) {
  return ValueIn(kKinds, name);
}

bool ChatError::retryable() const {
  switch (kind) {
    case ChatErrorKind::kRateLimited:
    case ChatErrorKind::kOverloaded:
    case ChatErrorKind::kMalformed:
    case ChatErrorKind::kTruncated:
    case ChatErrorKind::kTimeout:
    case ChatErrorKind::kNetwork:
      return true;
    default:
      return false;
  }
}

}  // namespace kernelevolve
