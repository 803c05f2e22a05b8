// ke:tune lines of a recipe under chosen options.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kernelevolve {

// Puts option values into the conditions of ke:tune lines and moves the
// defaults to the nearest admissible values. kBadInput where there are none.
Result<std::string> SettleTuneLines(
    const std::string& source,
    const std::map<std::string, std::string>& options);

}  // namespace kernelevolve
