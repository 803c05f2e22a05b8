#include "worker/judge/input_case.h"

#include "base/check.h"
#include "base/format.h"

namespace kernelevolve::worker {

std::string FamilyName(InputFamily family) {
  switch (family) {
    case InputFamily::kDeclared: return "declared";
    case InputFamily::kStructured: return "structured";
    case InputFamily::kCancelling: return "cancelling";
    case InputFamily::kLarge: return "large";
    case InputFamily::kTiny: return "tiny";
    case InputFamily::kSparse: return "sparse";
    case InputFamily::kSmallIntegers: return "small integers";
    case InputFamily::kOutlier: return "outlier";
    case InputFamily::kOffset: return "offset";
    case InputFamily::kAllEqual: return "all equal";
    case InputFamily::kAscending: return "ascending";
    case InputFamily::kDescending: return "descending";
    case InputFamily::kSpecial: return "NaN and Inf";
    case InputFamily::kSpecialRows: return "NaN or Inf";
    case InputFamily::kMixedRows: return "mixed";
    case InputFamily::kUneven: return "uneven";
    case InputFamily::kAligned: return "aligned";
    case InputFamily::kTies: return "tied";
    case InputFamily::kPatchy: return "patchy";
    case InputFamily::kStrided: return "strided";
    case InputFamily::kRising: return "rising";
  }
  CHECK(false);
}

bool HasSpecials(InputFamily family) {
  return family == InputFamily::kSpecial || family == InputFamily::kSpecialRows;
}

std::string InputCase::Key() const {
  std::string key = FamilyName(family);
  for (const auto& [name, extent] : shape.dims) key += format("|{}={}", name, extent);
  for (const auto& [name, value] : shape.attributes)
    key += format("|{}={}", name, value);
  return key + format("|trial {}|constants {}|nudge {} {} {}", trial, constant_trial,
                      nudged_elements, nudge_trial, nudged_constants);
}

}  // namespace kernelevolve::worker
