#include "llm/mailbox_client.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/format.h"
#include "base/text.h"
#include "llm/chat_json.h"
#include "llm/model_text.h"
#include "llm/request_text.h"
#include "llm/token_estimate.h"

namespace kernelevolve {
namespace {

constexpr size_t kDigits = 6;
constexpr int kLastNumber = 999'999;

// "000017.request.json" → 17
std::optional<int> NumberOf(const std::string& name) {
  int number = 0;
  const char* end = name.data() + kDigits;
  if (name.size() <= kDigits || name[kDigits] != '.') return std::nullopt;
  const auto parsed = std::from_chars(name.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

// Whole or not at all, and false where `path` exists already.
Result<bool> WriteNew(const fs::path& path, std::string_view contents) {
  const fs::path temporary =
      path.parent_path() / format(".{}.{}", path.filename().string(), ::getpid());
  RETURN_IF_ERROR(WriteFileAtomic(temporary, contents));
  const bool made = ::link(temporary.c_str(), path.c_str()) == 0;
  const int error = errno;
  ::unlink(temporary.c_str());
  if (made || error == EEXIST) return made;
  errno = error;
  return SystemError("cannot make " + path.string());
}

ChatResult FromJsonText(const std::string& contents) {
  const Result<Json> json = ParseJson(CleanModelText(contents));
  if (!json)
    return AnswerLost(ChatErrorKind::kMalformed, "answer.json: not JSON");
  Result<ChatReply> reply = ReplyFromJson(*json);
  if (!reply)
    return AnswerLost(ChatErrorKind::kMalformed,
                      "answer.json: " + reply.error().message);
  if (reply->usage.total() == 0) reply->usage.estimated = true;
  return *std::move(reply);
}

ChatResult FromText(const std::string& contents) {
  ChatReply reply;
  reply.text = CleanModelText(contents);
  reply.usage.estimated = true;
  if (Trim(reply.text).empty())
    return AnswerLost(ChatErrorKind::kMalformed, "an empty answer");
  return reply;
}

}  // namespace

MailboxClient::MailboxClient(MailboxOptions options, const Clock& clock,
                             Sleeper& sleeper)
    : options_(std::move(options)), clock_(clock), sleeper_(sleeper) {}

ChatResult MailboxClient::Complete(const ChatRequest& request,
                                   const StopCondition& stop) {
  const Result<std::string> number = WriteRequest(request);
  if (!number)
    return ChatFailure(ChatErrorKind::kLocal, number.error().message);
  return Await(*number, request, stop);
}

Result<int> MailboxClient::LastNumber() const {
  std::error_code error;
  int last = 0;
  for (fs::directory_iterator it(options_.folder, error), end;
       !error && it != end; it.increment(error))
    last = std::max(last, NumberOf(it->path().filename().string()).value_or(0));
  if (error)
    return Broken(format("cannot read {}: {}", options_.folder.string(),
                         error.message()));
  return last;
}

Result<std::string> MailboxClient::WriteRequest(const ChatRequest& request) {
  const std::lock_guard lock(mutex_);
  if (!last_) {
    RETURN_IF_ERROR(MakeFolders(options_.folder));
    ASSIGN_OR_RETURN(last_, LastNumber());
  }
  const std::string markdown = RequestMarkdown(request);
  while (*last_ < kLastNumber) {
    const std::string number = format("{:06}", ++*last_);
    const fs::path base = options_.folder / (number + ".request");
    ASSIGN_OR_RETURN(const bool mine, WriteNew(base.string() + ".md", markdown));
    if (!mine) continue;
    RETURN_IF_ERROR(WriteFileAtomic(base.string() + ".json",
                                    DumpPrettyJson(ToJson(request)) + "\n"));
    return number;
  }
  return Broken(format("{} is full", options_.folder.string()));
}

ChatResult MailboxClient::Await(const std::string& number,
                                const ChatRequest& request,
                                const StopCondition& stop) {
  const Clock::TimePoint start = clock_.Now();
  while (true) {
    if (std::optional<ChatResult> answer = Answer(number)) {
      if (!*answer) return *answer;
      ChatReply& reply = **answer;
      reply.model = options_.name;
      if (reply.usage.estimated) {
        reply.usage.input = EstimatePromptTokens(request);
        reply.usage.output = EstimateReplyTokens(reply);
      }
      return *std::move(answer);
    }
    const bool late = clock_.Now() - start > options_.timeout;
    if (!late && sleeper_.Sleep(options_.poll, stop)) continue;
    Withdraw(number);
    // Somebody may be at work on it.
    if (late)
      return AnswerLost(ChatErrorKind::kTimeout,
                        format("no answer to {} came", number));
    return AnswerLost(ChatErrorKind::kCancelled, "cancelled");
  }
}

std::optional<ChatResult> MailboxClient::Answer(const std::string& number) const {
  for (const bool json : {true, false}) {
    const fs::path path =
        options_.folder / (number + (json ? ".answer.json" : ".answer.md"));
    std::error_code absent;
    if (!fs::is_regular_file(path, absent)) continue;
    const Result<std::string> contents = ReadFile(path, options_.answer_limit);
    if (!contents)
      return AnswerLost(ChatErrorKind::kMalformed, contents.error().message);
    return json ? FromJsonText(*contents) : FromText(*contents);
  }
  return std::nullopt;
}

void MailboxClient::Withdraw(const std::string& number) const {
  // Only a courtesy: if it cannot be written, somebody answers in vain.
  static_cast<void>(
      WriteFileAtomic(options_.folder / (number + ".withdrawn"), ""));
}

}  // namespace kernelevolve
