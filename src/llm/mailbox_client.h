// MailboxClient: a folder in which a person or an agent answers.
//
// 000001.request.json holds messages, tools and limits (llm/chat_json.h),
// 000001.request.md the same to read; the answer is 000001.answer.md, taken as
// the model's text, or 000001.answer.json. Both sides write under another name
// and rename. The request's .json is the last of its files to appear. A request
// that nobody waits for any more gets an empty 000001.withdrawn beside it.
#pragma once

#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/file.h"
#include "llm/chat_client.h"
#include "llm/sleeper.h"

namespace kernelevolve {

struct MailboxOptions {
  fs::path folder;   // made if absent
  std::string name;  // ChatReply::model
  std::chrono::milliseconds poll{200};
  std::chrono::milliseconds timeout{24 * 3'600'000};
  size_t answer_limit = 4 << 20;
};

// Several processes may share a folder: a number belongs to whoever made its
// file first.
class MailboxClient : public ChatClient {
 public:
  // Clock and sleeper outlive it.
  MailboxClient(MailboxOptions options, const Clock& clock, Sleeper& sleeper);
  ChatResult Complete(const ChatRequest& request,
                      const StopCondition& stop) override;

 private:
  Result<std::string> WriteRequest(const ChatRequest& request);
  Result<int> LastNumber() const;
  ChatResult Await(const std::string& number, const ChatRequest& request,
                   const StopCondition& stop);
  std::optional<ChatResult> Answer(const std::string& number) const;
  void Withdraw(const std::string& number) const;

  const MailboxOptions options_;
  const Clock& clock_;
  Sleeper& sleeper_;
  std::mutex mutex_;  // guards last_
  std::optional<int> last_;
};

}  // namespace kernelevolve
