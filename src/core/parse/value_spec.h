// "normal(0, 1)" → ValueSpec. Internal to core.
#pragma once

#include <string>
#include <string_view>

#include "core/task.h"

namespace kernelevolve::parse {

// kBadInput with what was expected.
Result<ValueSpec> ParseValueSpec(std::string_view text);

// "" if the generator suits the dtype, else what would.
std::string WhyUnfit(const ValueSpec& values, DType dtype);

}  // namespace kernelevolve::parse
