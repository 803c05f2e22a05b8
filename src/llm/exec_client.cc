#include "llm/exec_client.h"

#include <optional>

#include "base/format.h"
#include "base/text.h"
#include "llm/chat_json.h"
#include "llm/model_text.h"
#include "llm/secret.h"
#include "llm/token_estimate.h"

namespace kernelevolve {
namespace {

constexpr size_t kErrorBytes = 600;

ChatResult Understand(const std::string& output) {
  const std::string text = CleanModelText(output);
  const Result<Json> json = ParseJson(text);
  if (!json || !json->is_object() || !json->contains("kernelevolve_answer")) {
    if (Trim(text).empty())
      return AnswerLost(ChatErrorKind::kMalformed, "an empty answer");
    ChatReply reply;
    reply.text = text;
    reply.usage.estimated = true;
    return reply;
  }
  Result<ChatReply> reply =
      ReplyFromJson(GetMember(*json, "kernelevolve_answer"));
  if (!reply)
    return AnswerLost(ChatErrorKind::kMalformed, reply.error().message);
  if (reply->usage.total() == 0) reply->usage.estimated = true;
  return *std::move(reply);
}

// However it ended, it may have asked a model.
ChatResult FailureOf(const CommandReply& reply) {
  if (reply.timed_out)
    return AnswerLost(ChatErrorKind::kTimeout, "the command took too long");
  if (reply.truncated)
    return AnswerLost(ChatErrorKind::kMalformed, "the answer is too large");
  return AnswerLost(
      ChatErrorKind::kOverloaded,
      format("the command failed: {}: {}", reply.status,
             Sanitize(Trim(CleanModelText(reply.errors)), kErrorBytes)));
}

}  // namespace

ExecClient::ExecClient(CommandRunner& runner, ExecOptions options)
    : runner_(runner), options_(std::move(options)) {}

ChatResult ExecClient::Complete(const ChatRequest& request,
                                const StopCondition& stop) {
  CommandCall call;
  call.argv = options_.argv;
  call.input = DumpJson(ToJson(request)) + "\n";
  call.timeout = options_.timeout;
  call.hidden_environment = SecretEnvironmentNames();
  const Result<CommandReply> outcome = runner_.Run(call, stop);
  if (!outcome) {
    const std::string& message = outcome.error().message;
    if (outcome.error().code == ErrorCode::kInterrupted)
      return AnswerLost(ChatErrorKind::kCancelled, message);
    return ChatFailure(ChatErrorKind::kLocal, message);  // it never began
  }
  if (!outcome->ok || outcome->truncated) return FailureOf(*outcome);
  ChatResult result = Understand(outcome->output);
  if (!result) return result;
  result->model = options_.name;
  if (result->usage.estimated) {
    result->usage.input = EstimatePromptTokens(request);
    result->usage.output = EstimateReplyTokens(*result);
  }
  return result;
}

Result<std::vector<std::string>> SplitCommand(const std::string& command) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    const bool blank = c == ' ' || c == '\t' || c == '\n';
    if (quote ? c == quote : c == '\'' || c == '"') {
      quote = quote ? 0 : c;
      word = word.value_or("");
    } else if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
      word = word.value_or("") + command[++i];
    } else if (blank && !quote) {
      if (word) words.push_back(*word);
      word.reset();
    } else {
      word = word.value_or("") + c;
    }
  }
  if (quote) return BadInput(format("{} is never closed in: {}", quote, command));
  if (word) words.push_back(*word);
  if (words.empty()) return BadInput("exec: without a command");
  return words;
}

}  // namespace kernelevolve
