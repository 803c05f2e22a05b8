// Anonymous files in memory, for what a program prints and for filters.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace kernelevolve::worker {

Result<Fd> MakeMemoryFile(const char* name);

// A file of exactly `bytes` that nobody can grow or shrink: stdout and stderr
// of a program. Unlike a pipe it needs no reader, so a program that floods it
// neither blocks nor wakes us up in the middle of a measurement; writes beyond
// the end fail.
Result<Fd> MakeOutputFile(const char* name, uint64_t bytes);

// What was written, without the untouched rest.
std::string ReadOutputFile(int file, uint64_t bytes);

}  // namespace kernelevolve::worker
