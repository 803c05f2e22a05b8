// Which files a process runs code from, or could.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve::worker {

// A file as a process has mapped it.
struct MappedFile {
  std::string path;
  uint64_t start = 0;       // where its beginning lies, or what is mapped of it first
  bool executable = false;  // as code, at this moment
  bool operator==(const MappedFile&) const = default;

  // Shared memory that has a name and no file: a compiler at run time may keep its
  // code there.
  bool in_memory() const;
};

// Of the text of /proc/PID/maps, each file once, in order; memory without a file, and
// the kernel's own pages, are left out. Pure.
std::vector<MappedFile> MappedFiles(std::string_view maps);

// The files that a process has mapped as code, and those that are programs or
// libraries however they are mapped now: who takes the right to execute from them
// between two calls gives it back in the next. Empty where that is not to be seen.
std::vector<std::string> CodeFiles(pid_t pid);

// The names of a few of these files in one phrase, the last ones first: memory
// is given out downwards, so a library comes before those that it needs in turn.
std::string NameFew(const std::vector<std::string>& files);

// The language's own run time: what an honest kernel may be linked with, or what that
// opens by itself.
bool IsRuntimeLibrary(const std::string& path);

}  // namespace kernelevolve::worker
