// BudgetClient: lets a call through only with the ledger's grant, and tells it
// what the call has used. Stands directly around what is paid for, below any
// retry: every attempt is a call of its own.
#pragma once

#include <memory>
#include <mutex>

#include "base/clock.h"
#include "llm/budget.h"
#include "llm/chat_client.h"

namespace kernelevolve {

struct BudgetClientOptions {
  Price price;
  // An answer cut below this is not worth asking for.
  int64_t least_tokens = 1024;
};

class BudgetClient : public ChatClient {
 public:
  // The clock outlives it.
  BudgetClient(std::unique_ptr<ChatClient> inner,
               std::shared_ptr<BudgetLedger> ledger,
               BudgetClientOptions options, const Clock& clock);
  ChatResult Complete(const ChatRequest& request,
                      const StopCondition& stop) override;

 private:
  // Our estimates, corrected by the worst error seen so far: a tokenizer finer
  // than expected, a server that takes max_tokens for advice.
  BudgetLedger::Ask AskFor(const ChatRequest& request, int64_t estimate) const;
  void Learn(const Usage& used, int64_t estimate, int64_t max_tokens);

  const std::unique_ptr<ChatClient> inner_;
  const std::shared_ptr<BudgetLedger> ledger_;
  const BudgetClientOptions options_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards the two factors
  double prompt_factor_ = 1.1;
  double answer_factor_ = 1.0;
};

// TallyClient: books what a recording's answers were charged when they were
// made. Refuses nothing.
class TallyClient : public ChatClient {
 public:
  TallyClient(std::unique_ptr<ChatClient> inner,
              std::shared_ptr<BudgetLedger> ledger)
      : inner_(std::move(inner)), ledger_(std::move(ledger)) {}
  ChatResult Complete(const ChatRequest& request,
                      const StopCondition& stop) override;

 private:
  const std::unique_ptr<ChatClient> inner_;
  const std::shared_ptr<BudgetLedger> ledger_;
};

}  // namespace kernelevolve
