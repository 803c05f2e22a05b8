// The source files of a tree that strangers wrote.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"

namespace kernelevolve {

// Paths under `root` of regular files with a source file's extension, in order.
// Follows no links; leaves out hidden entries and build folders. Looks at no
// more than 500,000 entries.
std::vector<std::string> SourceFilesIn(const fs::path& root);

}  // namespace kernelevolve
