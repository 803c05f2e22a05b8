// Numeric parameters a kernel declares in comments, the same in every language:
//
//   // ke:tune BLOCK_M = 64 in {32, 64, 128} when BLOCK_M * BLOCK_K <= 8192
//   # ke:tune num_warps = 4 in {2, 4, 8}
//
// They become -D macros or module constants. Values are integers, decimals,
// true or false, kept as the text that was written.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expression.h"

namespace kernelevolve {

struct TuneParameter {
  std::string name;
  std::string default_value;
  std::vector<std::string> values;
  std::optional<Expression> constraint;  // over the names of all parameters
};

// Parameter name → chosen value, as text.
using ParameterValues = std::map<std::string, std::string>;

struct TuneSpace {
  std::vector<TuneParameter> parameters;

  ParameterValues Defaults() const;
  // kBadInput if a name is unknown, a value is not listed, or a constraint does
  // not hold. Missing names take their defaults.
  Result<ParameterValues> Complete(const ParameterValues& chosen) const;
  bool Admits(const ParameterValues& complete) const;
  // Number of value combinations, constraints not counted; saturates.
  uint64_t Size() const;
};

// Errors (kBadInput, with the line): malformed declaration, duplicate name, a
// default that is not among the values or violates its constraint, more than 32
// parameters or 64 values. They become the candidate's CONTRACT failure.
Result<TuneSpace> ParseTuneSpace(std::string_view source);

}  // namespace kernelevolve
