#include "propose/llm/conversation.h"

#include "base/format.h"
#include "base/text.h"
#include "llm/request_text.h"

namespace kernelevolve {
namespace {

// Twice the longest kernel; more is no answer, and records are kept for good.
constexpr size_t kRecordedBytes = 512 << 10;

std::string TextOf(const Message& message) {
  std::string text = message.text;
  for (const ToolCall& call : message.tool_calls)
    text += format("\n[calls {} {}]", call.name, call.arguments);
  return text;
}

void SetCharge(const Charge& charge, PromptRecord& record) {
  record.calls = charge.calls;
  record.input_tokens = charge.usage.input;
  record.cached_tokens = charge.usage.cached;
  record.output_tokens = charge.usage.output;
  record.estimated = charge.usage.estimated;
  record.dollars = charge.dollars;
}

}  // namespace

ChatResult Conversation::Ask(const std::string& purpose,
                             const ChatRequest& wanted) {
  const ChatRequest request = redactor_.Clean(wanted);
  PromptRecord record;
  record.purpose = purpose;
  record.model = request.model;
  record.created_wall_s = clock_.WallSeconds();
  for (const Message& message : request.messages)
    record.messages.push_back(
        {std::string(RoleName(message.role)), TextOf(message)});
  for (const ToolSpec& tool : request.tools)
    record.messages.push_back({"offered", ToolText(tool)});
  const Clock::TimePoint start = clock_.Now();
  ChatResult result = client_.Complete(request, stop_);
  record.seconds = SecondsSince(clock_, start);
  if (result) {
    answered_ = true;
    record.model = result->model;
    record.provider = result->served_by;
    record.messages.push_back(
        {"assistant", Sanitize(TextOf({Role::kAssistant, result->text,
                                       result->tool_calls, ""}),
                               kRecordedBytes)});
  }
  const Charge charge = ChargeOf(result);
  SetCharge(charge, record);
  charged_ = charged_ || charge.usage.total() > 0 || charge.dollars > 0;
  records_.push_back(std::move(record));
  return result;
}

}  // namespace kernelevolve
