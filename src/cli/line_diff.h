// The difference of two texts, line by line, in unified form.
#pragma once

#include <string>
#include <string_view>

namespace kernelevolve::cli {

// Hunks with three lines of context; "" where the texts are equal.
std::string UnifiedDiff(std::string_view a, std::string_view b);

}  // namespace kernelevolve::cli
