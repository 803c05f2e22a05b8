// The same move in another dress: kernels that differ in comments and blanks
// alone.
#pragma once

#include <string>
#include <string_view>

#include "core/candidate.h"

namespace kernelevolve {

// `source` without its comments, and without blanks that mean nothing in
// `language`: literals are kept to the letter, directives of the C preprocessor
// as lines of their own, and Python's indentation.
std::string BareSource(std::string_view source, std::string_view language);

// Digest of a candidate's bare source and its parameter values.
std::string MoveDigest(const Candidate& candidate);

}  // namespace kernelevolve
