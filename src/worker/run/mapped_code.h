// Which files a process runs code from. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve::worker {

// Paths in the text of /proc/PID/maps that are mapped as code, each once, in
// order; memory without a file, and the kernel's own pages, are left out.
std::vector<std::string> CodeFiles(std::string_view maps);

// The names of a few of these files in one phrase, the last ones first: memory
// is given out downwards, so a library comes before those that it needs in turn.
std::string NameFew(const std::vector<std::string>& files);

// The language's own run time: what an honest kernel may be linked with.
bool IsRuntimeLibrary(std::string_view file_name);

}  // namespace kernelevolve::worker
