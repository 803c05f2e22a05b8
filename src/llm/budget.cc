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

// A call of that usage, or with -1 one less.
static void Count(const Usage& usage, int64_t times, Spending& sum) {
  sum.Add(Spending{times, times * usage.input, times * usage.cached,
                   times * usage.output, 0, 0});
}

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
  Count(grant.worst, 1, totals_.reserved);
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

void BudgetLedger::GiveBack(const Grant& grant) {
  CHECK(totals_.in_flight > 0);
  const Amount reserved = AmountOf(grant.worst, grant.price);
  --totals_.in_flight;
  reserved_.money -= reserved.money;
  reserved_.tokens -= reserved.tokens;
  Count(grant.worst, -1, totals_.reserved);
}

void BudgetLedger::Release(const Grant& grant) {
  {
    const std::lock_guard lock(mutex_);
    GiveBack(grant);
  }
  settled_.notify_all();
}

double BudgetLedger::Settle(const Grant& grant, const Usage& used,
                            double seconds) {
  const Amount charged = AmountOf(used, grant.price);
  {
    const std::lock_guard lock(mutex_);
    GiveBack(grant);
    spent_.money += charged.money;
    spent_.tokens += charged.tokens;
    Count(used, 1, totals_.spent);
    totals_.spent.seconds += seconds;
    totals_.estimated_calls += used.estimated ? 1 : 0;
  }
  settled_.notify_all();
  return Dollars(charged.money);
}

void BudgetLedger::Add(const Spending& spending) {
  const std::lock_guard lock(mutex_);
  spent_.money += *Cap(spending.dollars);
  spent_.tokens += spending.tokens();
  totals_.spent.Add(spending);
}

BudgetTotals BudgetLedger::totals() const {
  const std::lock_guard lock(mutex_);
  BudgetTotals totals = totals_;
  totals.spent.dollars = Dollars(spent_.money);
  totals.reserved.dollars = Dollars(reserved_.money);
  return totals;
}

}  // namespace kernelevolve
