#include "llm/model_text.h"

#include <algorithm>

namespace kernelevolve {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

struct Decoded {
  size_t length = 0;  // 0: not a sequence
  uint32_t code = 0;
};

Decoded Decode(std::string_view text) {
  const auto byte = [&](size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, lead};
  const size_t length = lead >> 5 == 0x6    ? 2
                        : lead >> 4 == 0xe  ? 3
                        : lead >> 3 == 0x1e ? 4
                                            : 0;
  if (length == 0 || length > text.size()) return {};
  uint32_t code = lead & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if (byte(i) >> 6 != 2) return {};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (code < kSmallest[length] || surrogate || code > 0x10ffff) return {};
  return {length, code};
}

bool IsControl(uint32_t code) {
  return (code < 0x20 && code != '\n' && code != '\t') ||
         (code >= 0x7f && code < 0xa0);
}

}  // namespace

std::string CleanModelText(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const Decoded decoded = Decode(text);
    const size_t length = std::max<size_t>(decoded.length, 1);
    if (decoded.length == 0)
      clean += kReplacement;
    else if (!IsControl(decoded.code))
      clean += text.substr(0, length);
    text.remove_prefix(length);
  }
  return clean;
}

void CleanReply(ChatReply& reply) {
  reply.text = CleanModelText(reply.text);
  reply.served_by = CleanModelText(reply.served_by).substr(0, 200);
  for (ToolCall& call : reply.tool_calls) {
    call.id = CleanModelText(call.id);
    call.name = CleanModelText(call.name);
    call.arguments = CleanModelText(call.arguments);
  }
}

}  // namespace kernelevolve
