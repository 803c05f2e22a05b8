// BudgetLedger: what a run may spend on models, what it has spent, and what the
// calls in flight may still cost. The sum never passes the cap: a call is let
// through only if its worst case fits beside everything else.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <tl/expected.hpp>

#include "base/stop.h"
#include "core/prompt_record.h"
#include "llm/price.h"

namespace kernelevolve {

struct BudgetLimits {
  std::optional<double> dollars;
  std::optional<int64_t> tokens;  // prompts and answers
};

struct BudgetTotals : ModelBook {
  // Of the calls, those for which a number is our estimate or the worst case.
  int64_t estimated_calls = 0;
  int in_flight = 0;
};

// Thread-safe. Shared by every client of a run.
class BudgetLedger {
 public:
  explicit BudgetLedger(BudgetLimits limits);

  struct Ask {
    int64_t prompt_tokens = 0;  // at most
    int64_t max_tokens = 0;     // of the answer
    int64_t least_tokens = 0;   // an answer shorter than this is of no use
    Price price;
  };
  struct Grant {
    Usage worst;  // what is set aside; worst.output is the max_tokens to send
    Price price;
  };

  // Waits while calls in flight may still leave enough. When none is left, a
  // shorter answer is granted if that fits and is of use; else kBudget.
  // kCancelled if `stop` is requested meanwhile.
  tl::expected<Grant, ChatError> Reserve(const Ask& ask,
                                         const StopCondition& stop);
  // Ends a grant; to be called once for each. Returns what was charged.
  // `seconds`: how long the call took.
  double Settle(const Grant& grant, const Usage& used, double seconds = 0);
  // Likewise, of a call that never reached a provider.
  void Release(const Grant& grant);
  // Spent without a grant: by earlier processes of the same run, or when a
  // recording was made.
  void Add(const Spending& spending);
  BudgetTotals totals() const;

 private:
  struct Amount {
    Picodollars money = 0;
    int64_t tokens = 0;
  };
  static Amount AmountOf(const Usage& usage, const Price& price);
  // The longest answer, up to ask.max_tokens, that fits beside `taken`.
  int64_t Fitting(const Ask& ask, const Amount& taken) const;
  Grant Take(const Ask& ask, int64_t max_tokens);
  void GiveBack(const Grant& grant);
  ChatError Refusal(const Ask& ask) const;

  const std::optional<Picodollars> money_cap_;
  const std::optional<int64_t> token_cap_;
  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable settled_;
  Amount spent_, reserved_;
  BudgetTotals totals_;
};

}  // namespace kernelevolve
