#include "llm/budget.h"

#include <algorithm>
#include <chrono>

#include "base/check.h"
#include "base/format.h"

namespace kernelevolve {
namespace {

// How late a stop is noticed by a call that waits for others.
constexpr std::chrono::milliseconds kSlice{50};

std::optional<Picodollars> Cap(std::optional<double> dollars) {
  if (!dollars) return std::nullopt;
  // Beyond this nobody means a cap, and sums must not overflow.
  constexpr double kMost = 1e6;
  return static_cast<Picodollars>(std::clamp(*dollars, 0.0, kMost) * 1e12);
}

}  // namespace

BudgetLedger::BudgetLedger(BudgetLimits limits)
    : money_cap_(Cap(limits.dollars)), token_cap_(limits.tokens) {}

BudgetLedger::Amount BudgetLedger::AmountOf(const Usage& usage,
                                            const Price& price) {
  return {CostOf(usage, price), usage.total()};
}

int64_t BudgetLedger::Fitting(const Ask& ask, const Amount& taken) const {
  int64_t fitting = ask.max_tokens;
  if (token_cap_)
    fitting = std::min(fitting,
                       *token_cap_ - taken.tokens - ask.prompt_tokens);
  if (money_cap_) {
    const Picodollars left = *money_cap_ - taken.money -
                             ask.prompt_tokens * PerToken(ask.price.input);
    const Picodollars each = PerToken(ask.price.output);
    if (left < 0) return -1;
    if (each > 0) fitting = std::min(fitting, left / each);
  }
  return fitting;
}

BudgetLedger::Grant BudgetLedger::Take(const Ask& ask, int64_t max_tokens) {
  const Grant grant{Usage{ask.prompt_tokens, 0, max_tokens, true}, ask.price};
  const Amount amount = AmountOf(grant.worst, grant.price);
  reserved_.money += amount.money;
  reserved_.tokens += amount.tokens;
  ++totals_.in_flight;
  return grant;
}

ChatError BudgetLedger::Refusal(const Ask& ask) const {
  const Amount wanted =
      AmountOf(Usage{ask.prompt_tokens, 0, ask.max_tokens}, ask.price);
  const std::string money =
      money_cap_ ? format("${:.4f} of ${:.4f} spent, the call may cost ${:.4f}",
                          Dollars(spent_.money), Dollars(*money_cap_),
                          Dollars(wanted.money))
                 : "";
  const std::string tokens =
      token_cap_ ? format("{} of {} tokens spent, the call may take {}",
                          spent_.tokens, *token_cap_, wanted.tokens)
                 : "";
  ChatError error;
  error.kind = ChatErrorKind::kBudget;
  error.message = "the budget for models is used up: " + money +
                  (money.empty() || tokens.empty() ? "" : "; ") + tokens;
  return error;
}

tl::expected<BudgetLedger::Grant, ChatError> BudgetLedger::Reserve(
    const Ask& ask, const StopCondition& stop) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (stop.requested())
      return ChatFailure(ChatErrorKind::kCancelled, "cancelled");
    const Amount taken{spent_.money + reserved_.money,
                       spent_.tokens + reserved_.tokens};
    const int64_t fitting = Fitting(ask, taken);
    if (fitting >= ask.max_tokens) return Take(ask, ask.max_tokens);
    const int64_t least = std::clamp<int64_t>(ask.least_tokens, 1,
                                              std::max<int64_t>(ask.max_tokens, 1));
    if (Fitting(ask, spent_) < least)
      return tl::unexpected<ChatError>(Refusal(ask));
    if (totals_.in_flight == 0) return Take(ask, fitting);
    settled_.wait_for(lock, kSlice);
  }
}

double BudgetLedger::Settle(const Grant& grant, const Usage& used) {
  const Amount reserved = AmountOf(grant.worst, grant.price);
  const Amount charged = AmountOf(used, grant.price);
  {
    const std::lock_guard lock(mutex_);
    CHECK(totals_.in_flight > 0);
    --totals_.in_flight;
    reserved_.money -= reserved.money;
    reserved_.tokens -= reserved.tokens;
    spent_.money += charged.money;
    spent_.tokens += charged.tokens;
    ++totals_.calls;
    totals_.input += used.input;
    totals_.cached += used.cached;
    totals_.output += used.output;
    totals_.estimated_calls += used.estimated ? 1 : 0;
  }
  settled_.notify_all();
  return Dollars(charged.money);
}

void BudgetLedger::Restore(const BudgetTotals& earlier) {
  const std::lock_guard lock(mutex_);
  spent_.money += *Cap(earlier.dollars);
  spent_.tokens += earlier.input + earlier.output;
  totals_.calls += earlier.calls;
  totals_.input += earlier.input;
  totals_.cached += earlier.cached;
  totals_.output += earlier.output;
  totals_.estimated_calls += earlier.estimated_calls;
}

BudgetTotals BudgetLedger::totals() const {
  const std::lock_guard lock(mutex_);
  BudgetTotals totals = totals_;
  totals.dollars = Dollars(spent_.money);
  return totals;
}

}  // namespace kernelevolve
