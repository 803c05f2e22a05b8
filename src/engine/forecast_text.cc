#include "engine/forecast_text.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"

namespace kernelevolve {
namespace {

// "pay for about 4 such calls"
std::string Buys(double left, double each) {
  const double calls = std::floor(std::max(0.0, left) / each);
  return calls < 1 ? "do not pay for a whole one"
                   : format("pay for about {:.0f} such call{}", calls,
                            calls < 2 ? "" : "s");
}

}  // namespace

std::string ForecastText(const CallForecast& forecast, const RunBudget& budget,
                         const Spending& spent) {
  std::string text = format(
      "the first call for a kernel takes about {} tokens of prompt and at most "
      "{} of answer",
      forecast.input_tokens, forecast.most_output_tokens);
  if (forecast.most_dollars > 0)
    text += format(", at most ${:.4f}", forecast.most_dollars);
  if (forecast.most_calls > 1)
    text += format("; a kernel may take {} calls, with prompts of up to {} tokens",
                   forecast.most_calls, forecast.most_input_tokens);
  const int64_t tokens = forecast.input_tokens + forecast.most_output_tokens;
  if (budget.dollars && forecast.most_dollars > 0)
    text += format("; ${:.2f} {}", *budget.dollars - spent.dollars,
                   Buys(*budget.dollars - spent.dollars, forecast.most_dollars));
  if (budget.tokens && tokens > 0) {
    const int64_t left = *budget.tokens - spent.tokens();
    text += format("; {} tokens {}", left,
                   Buys(static_cast<double>(left), static_cast<double>(tokens)));
  }
  return text;
}

}  // namespace kernelevolve
