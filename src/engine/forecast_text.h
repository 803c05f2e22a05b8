// What a kernel of a model will cost, and how far a budget goes: one line.
#pragma once

#include <string>

#include "core/prompt_record.h"
#include "engine/optimize.h"

namespace kernelevolve {

// `spent`: of the budget, by earlier parts of the run.
std::string ForecastText(const CallForecast& forecast, const RunBudget& budget,
                         const Spending& spent);

}  // namespace kernelevolve
