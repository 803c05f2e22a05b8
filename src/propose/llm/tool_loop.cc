#include "propose/llm/tool_loop.h"

#include <utility>

#include "base/format.h"
#include "base/text.h"
#include "propose/llm/conversation_window.h"
#include "propose/llm/tool_text.h"

namespace kernelevolve {
namespace {

constexpr size_t kNameBytes = 60;
// The same call in the same state: once is an accident, this is a loop.
constexpr int kLoop = 3;
// Smaller windows hold no conversation.
constexpr int64_t kLeastWindow = 4 << 10;

std::vector<ToolCall> CallsOf(const ChatReply& reply) {
  if (!reply.tool_calls.empty()) return reply.tool_calls;
  if (auto call = ParseTextCall(reply.text)) return {*std::move(call)};
  return {};
}

}  // namespace

Authored ToolLoop::Run(ChatRequest chat, bool native) {
  if (native) chat.tools = tools_.specs();
  while (true) {
    const ChatResult reply = Ask(chat);
    if (!reply) return Broken(reply.error());
    chat.model = reply->model;
    raw_ = reply->text;
    const std::vector<ToolCall> calls = CallsOf(*reply);
    std::optional<Authored> ended =
        calls.empty() ? TakeText(*reply, chat) : TakeCalls(*reply, calls, chat);
    if (ended) return *std::move(ended);
    if (steps_left_ == 0)
      return Unsubmitted("nothing was handed in within " +
                         Counted(options_.limits.steps, "call"));
  }
}

ChatResult ToolLoop::Ask(ChatRequest& chat) {
  FitWindow(chat, window_);
  ChatResult reply = conversation_.Ask("tool", chat);
  if (!reply && reply.error().kind == ChatErrorKind::kBadRequest &&
      !chat.tools.empty()) {
    chat.tools.clear();
    PutInWords(chat.messages);
    reply = conversation_.Ask("tool", chat);
    refused_tools_ = reply.has_value();
  }
  // Our estimate of its tokenizer was too low: once more with half of it.
  if (!reply && reply.error().kind == ChatErrorKind::kContextExceeded &&
      window_ > kLeastWindow) {
    window_ /= 2;
    FitWindow(chat, window_);
    reply = conversation_.Ask("tool", chat);
  }
  return reply;
}

std::optional<Authored> ToolLoop::TakeText(const ChatReply& reply,
                                           ChatRequest& chat) {
  const std::optional<Candidate> current = tools_.Current();
  auto answer = read_answer_(reply, current ? &*current : nullptr);
  if (answer) return Authored{*std::move(answer), "", reply.text, {}};
  --steps_left_;
  if (std::exchange(complained_, true)) return Unsubmitted(answer.error().text);
  chat.messages.push_back({Role::kAssistant, reply.text, {}, ""});
  chat.messages.push_back(
      {Role::kUser,
       format("That is no call of a tool, and as an answer it cannot be used: "
              "{}\nCalls left: {}.",
              answer.error().ToText(), steps_left_),
       {},
       ""});
  return std::nullopt;
}

std::optional<Authored> ToolLoop::TakeCalls(const ChatReply& reply,
                                            const std::vector<ToolCall>& calls,
                                            ChatRequest& chat) {
  complained_ = false;
  const bool native = !reply.tool_calls.empty() && !chat.tools.empty();
  Message said{Role::kAssistant, reply.text, {}, ""};
  std::vector<Message> results;
  const bool cut_off = reply.finish_reason == FinishReason::kLength;
  // However many calls one reply makes, the rest of them is not even told.
  for (size_t i = 0; i < calls.size() && steps_left_ > 0; ++i) {
    std::string result;
    if (auto ended = Step(calls[i], cut_off, result)) return ended;
    said.tool_calls.push_back(ForHistory(calls[i], chat.messages.size() + i));
    results.push_back(native ? Message{Role::kTool,
                                       std::move(result),
                                       {},
                                       said.tool_calls.back().id}
                             : ResultInWords(calls[i], result));
  }
  if (!native) {
    // The call stands in the text already, unless the reply had it apart.
    std::vector<Message> one{std::move(said)};
    if (reply.tool_calls.empty()) one.front().tool_calls.clear();
    PutInWords(one);
    said = std::move(one.front());
  }
  chat.messages.push_back(std::move(said));
  for (Message& result : results) chat.messages.push_back(std::move(result));
  return std::nullopt;
}

std::optional<Authored> ToolLoop::Step(const ToolCall& call, bool cut_off,
                                       std::string& result) {
  --steps_left_;
  const int times = ++seen_[tools_.Fingerprint(call)];
  if (times >= kLoop)
    return Unsubmitted(format("the model made the same call of {} {} times",
                              Sanitize(call.name, kNameBytes), times));
  Result<std::string> told = tools_.Run(call, conversation_.stop());
  if (!told)
    return Stopped({ChatErrorKind::kCancelled, told.error().message});
  if (tools_.submitted()) return Authored{tools_.submitted(), "", raw_, {}};
  result = *std::move(told);
  if (cut_off) result += "\nYour message ended at the token limit.";
  if (times > 1)
    result +=
        "\nYou have made this call before, and nothing has changed "
        "since; once more ends the work.";
  result += format("\nCalls left: {}.", steps_left_);
  return std::nullopt;
}

Authored ToolLoop::Unsubmitted(std::string why) {
  const std::optional<Candidate> current = tools_.Current();
  if (!current) return {{}, std::move(why), raw_, {}};
  auto answer = tools_.Unsubmitted(conversation_.stop());
  if (answer) return {*std::move(answer), "", raw_, {}};
  return {{}, why + "; " + answer.error().text, current->source, {}};
}

// What was written before the trouble was paid for, and may be a kernel.
Authored ToolLoop::Broken(const ChatError& error) {
  if (error.kind == ChatErrorKind::kCancelled ||
      error.kind == ChatErrorKind::kNotRecorded)
    return Stopped(error);
  if (!EndsTheRun(error.kind) && tools_.Current()) {
    Authored rest = Unsubmitted("the model did not answer: " + error.message);
    if (rest.answer) return rest;
  }
  return {{}, "", raw_, error};
}

// No judge can be asked any more: what it found before has to do. The run keeps
// such a kernel until it goes on.
Authored ToolLoop::Stopped(ChatError error) {
  if (std::optional<Answer> built = tools_.Built())
    return {std::move(built), "", raw_, {}};
  return {{}, "", raw_, std::move(error)};
}

}  // namespace kernelevolve
