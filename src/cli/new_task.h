// The example that `task new` writes.
#pragma once

#include <string>

#include "base/file.h"

namespace kernelevolve::cli {

// Makes `parent`/`name` with a task that passes `task check`. kBadInput: the
// name is no identifier, or the folder is there already.
Result<fs::path> WriteNewTask(const std::string& name, const fs::path& parent);

}  // namespace kernelevolve::cli
