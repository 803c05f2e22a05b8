// What the text of a candidate may not ask of its compiler. Pure.
#pragma once

#include <optional>
#include <string>

#include "worker/run/failure.h"

namespace kernelevolve::worker {

// BUILD_TAMPER if `source` includes files by a path of its own or embeds one.
// The sandbox shows the compiler nothing of ours anyway; the attempt says what
// the source is.
std::optional<Failure> ScanSource(const std::string& source);

}  // namespace kernelevolve::worker
