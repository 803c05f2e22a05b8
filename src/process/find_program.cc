#include "process/find_program.h"

#include <unistd.h>

#include <cstdlib>

#include "base/file.h"
#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

bool Runnable(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

Result<std::string> FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    // Absolute: the child may change its folder before it looks.
    if (Runnable(name)) return fs::absolute(name).string();
    return Missing(format("{} does not exist or may not be run", name));
  }
  const char* path = std::getenv("PATH");
  for (std::string_view folder : Split(path ? path : "/usr/bin:/bin", ':')) {
    const fs::path program = fs::path(folder.empty() ? "." : folder) / name;
    if (Runnable(program)) return fs::absolute(program).string();
  }
  return Missing(format("the program {} is not in PATH", name));
}

}  // namespace kernelevolve
