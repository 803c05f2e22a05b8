#include "llm/dialect.h"

namespace kernelevolve {

std::optional<int64_t> GetCount(const Json& object, std::string_view key) {
  constexpr int64_t kMost = 1'000'000'000;
  const auto count = GetInteger(object, key);
  if (!count || *count < 0 || *count > kMost) return std::nullopt;
  return count;
}

tl::unexpected<ChatError> BadAnswer(ChatErrorKind kind, std::string message,
                                    const std::optional<Usage>& usage) {
  ChatError error;
  error.kind = kind;
  error.message = std::move(message);
  error.usage = usage;
  error.may_have_cost = !usage;
  return tl::unexpected<ChatError>(std::move(error));
}

}  // namespace kernelevolve
