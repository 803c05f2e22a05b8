#include "llm/budget_client.h"

#include <algorithm>
#include <cmath>

#include "llm/token_estimate.h"

namespace kernelevolve {
namespace {

int64_t Scaled(int64_t count, double factor) {
  return static_cast<int64_t>(std::ceil(static_cast<double>(count) * factor));
}

// What to charge: what is known, else the worst if anything may have been
// generated, else nothing.
Usage UsedBy(const ChatResult& result, const Usage& worst) {
  if (result) return result->usage;
  const ChatError& error = result.error();
  if (error.usage && !error.usage->estimated) return *error.usage;
  return error.may_have_cost || error.usage ? worst : Usage{};
}

// No connection, no program: nobody has heard of the call.
bool NeverArrived(const ChatResult& result) {
  if (result) return false;
  const ChatError& error = result.error();
  const bool no_way = error.kind == ChatErrorKind::kNetwork ||
                      error.kind == ChatErrorKind::kTimeout ||
                      error.kind == ChatErrorKind::kCancelled ||
                      error.kind == ChatErrorKind::kLocal;
  return no_way && error.http_status == 0 && !error.may_have_cost &&
         !error.usage;
}

}  // namespace

BudgetClient::BudgetClient(std::unique_ptr<ChatClient> inner,
                           std::shared_ptr<BudgetLedger> ledger,
                           BudgetClientOptions options, const Clock& clock)
    : inner_(std::move(inner)),
      ledger_(std::move(ledger)),
      options_(options),
      clock_(clock) {}

BudgetLedger::Ask BudgetClient::AskFor(const ChatRequest& request,
                                       int64_t estimate) const {
  const std::lock_guard lock(mutex_);
  return {Scaled(estimate, prompt_factor_),
          Scaled(request.max_tokens, answer_factor_),
          Scaled(std::min(options_.least_tokens, request.max_tokens),
                 answer_factor_),
          options_.price};
}

void BudgetClient::Learn(const Usage& used, int64_t estimate,
                         int64_t max_tokens) {
  // One absurd count must not rule out every later call.
  constexpr double kMost = 4;
  if (used.estimated || estimate <= 0 || max_tokens <= 0) return;
  const auto seen = [kMost](int64_t real, int64_t expected) {
    return std::min(kMost, static_cast<double>(real) /
                               static_cast<double>(expected));
  };
  const std::lock_guard lock(mutex_);
  prompt_factor_ = std::max(prompt_factor_, seen(used.input, estimate));
  answer_factor_ = std::max(answer_factor_, seen(used.output, max_tokens));
}

ChatResult BudgetClient::Complete(const ChatRequest& request,
                                  const StopCondition& stop) {
  const int64_t estimate = EstimatePromptTokens(request);
  const BudgetLedger::Ask ask = AskFor(request, estimate);
  const auto grant = ledger_->Reserve(ask, stop);
  if (!grant) return tl::unexpected<ChatError>(grant.error());
  ChatRequest granted = request;
  if (grant->worst.output < ask.max_tokens)
    granted.max_tokens = std::max<int64_t>(
        1, grant->worst.output * request.max_tokens / ask.max_tokens);
  const Clock::TimePoint start = clock_.Now();
  ChatResult result = inner_->Complete(granted, stop);
  if (NeverArrived(result)) {
    ledger_->Release(*grant);
    result.error().charged = Charge{};
    return result;
  }
  const Usage used = UsedBy(result, grant->worst);
  const double dollars =
      ledger_->Settle(*grant, used, SecondsSince(clock_, start));
  Learn(used, estimate, granted.max_tokens);
  (result ? result->charged : result.error().charged) =
      Charge{1, used, dollars};
  if (result) result->dollars = dollars;
  return result;
}

ChatResult TallyClient::Complete(const ChatRequest& request,
                                 const StopCondition& stop) {
  ChatResult result = inner_->Complete(request, stop);
  const Charge charge = ChargeOf(result);
  const Usage& usage = charge.usage;
  ledger_->Add({charge.calls, usage.input, usage.cached, usage.output,
                charge.dollars, 0});
  return result;
}

}  // namespace kernelevolve
