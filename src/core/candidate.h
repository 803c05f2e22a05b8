// Candidate: immutable source plus parameter values, addressed by content.
#pragma once

#include <string>

#include "core/tune.h"

namespace kernelevolve {

struct Candidate {
  std::string language;  // "cpp", "cuda", "triton", …
  std::string source;
  ParameterValues parameters;  // complete: every declared name has a value
  std::string label;           // a file name or recipe, for people; not in the id

  // 64 hexadecimal digits: SHA-256 over language, source and parameters.
  std::string Id() const;
};

// Ids are shown by their first 12 digits.
std::string ShortId(const std::string& id);

}  // namespace kernelevolve
