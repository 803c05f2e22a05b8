// Conversation: the calls one proposal makes of a model, each kept as a record.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/stop.h"
#include "core/prompt_record.h"
#include "llm/chat_client.h"
#include "propose/llm/redactor.h"

namespace kernelevolve {

// Dollars of one call; 0 for a model that costs nothing.
using PriceOf = std::function<double(const std::string& model, const Usage&)>;

// One thread; made anew for each proposal. What it is given outlives it.
class Conversation {
 public:
  Conversation(ChatClient& client, const Clock& clock, const PriceOf& price,
               const Redactor& redactor, const StopCondition& stop)
      : client_(client),
        clock_(clock),
        price_(price),
        redactor_(redactor),
        stop_(stop) {}

  // The reply, or the error as it came; both are recorded under `purpose`. Keys
  // are taken out of what is sent.
  ChatResult Ask(const std::string& purpose, const ChatRequest& request);

  const StopCondition& stop() const { return stop_; }
  // Whether any call was answered, and so paid for.
  bool answered() const { return answered_; }
  std::vector<PromptRecord> TakeRecords() { return std::move(records_); }

 private:
  ChatClient& client_;
  const Clock& clock_;
  const PriceOf& price_;
  const Redactor& redactor_;
  const StopCondition& stop_;
  std::vector<PromptRecord> records_;
  bool answered_ = false;
};

}  // namespace kernelevolve
