// Conversation: the calls one proposal makes of a model, each kept as a record.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/stop.h"
#include "core/prompt_record.h"
#include "llm/chat_client.h"
#include "propose/llm/redactor.h"

namespace kernelevolve {

// One thread; made anew for each proposal. What it is given outlives it.
class Conversation {
 public:
  Conversation(ChatClient& client, const Clock& clock,
               const Redactor& redactor, const StopCondition& stop)
      : client_(client), clock_(clock), redactor_(redactor), stop_(stop) {}

  // The reply, or the error as it came; both are recorded under `purpose`, with
  // what was charged for all attempts. Keys are taken out of what is sent.
  ChatResult Ask(const std::string& purpose, const ChatRequest& request);

  const StopCondition& stop() const { return stop_; }
  bool answered() const { return answered_; }
  // Whether anything was answered or charged.
  bool paid() const { return answered_ || charged_; }
  std::vector<PromptRecord> TakeRecords() { return std::move(records_); }

 private:
  ChatClient& client_;
  const Clock& clock_;
  const Redactor& redactor_;
  const StopCondition& stop_;
  std::vector<PromptRecord> records_;
  bool answered_ = false, charged_ = false;
};

}  // namespace kernelevolve
