// What tokens cost.
#pragma once

#include <cmath>
#include <cstdint>

#include "llm/chat.h"

namespace kernelevolve {

struct Price {  // dollars per million tokens
  double input = 0, cached = 0, output = 0;
};

// Money in whole picodollars: the price of one token of any model is a whole
// number of them, and sums of millions of calls stay exact.
using Picodollars = int64_t;

inline Picodollars PerToken(double dollars_per_million) {
  return static_cast<Picodollars>(std::ceil(dollars_per_million * 1e6 - 1e-6));
}
inline double Dollars(Picodollars amount) {
  return static_cast<double>(amount) * 1e-12;
}

inline Picodollars CostOf(const Usage& usage, const Price& price) {
  return (usage.input - usage.cached) * PerToken(price.input) +
         usage.cached * PerToken(price.cached) +
         usage.output * PerToken(price.output);
}

}  // namespace kernelevolve
