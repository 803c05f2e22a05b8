#include "worker/gpu/launcher/module_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/write_all.h"
#include "worker/sandbox/memory_file.h"

namespace kernelevolve::worker::gpu {

Result<Fd> WriteModules(const std::vector<std::string>& modules) {
  ASSIGN_OR_RETURN(Fd file, MakeMemoryFile("modules"));
  for (const std::string& module : modules)
    if (!WriteAll(file.get(), module)) return SystemError("cannot write modules");
  return file;
}

Result<std::vector<std::string>> ReadModules(
    int file, const std::vector<uint64_t>& lengths) {
  struct stat status {};
  if (fstat(file, &status) != 0) return SystemError("cannot read modules");
  const auto size = static_cast<uint64_t>(status.st_size);
  std::vector<std::string> modules;
  uint64_t at = 0;
  for (const uint64_t length : lengths) {
    if (length > size - at) return Broken("the file of modules is too short");
    std::string module(length, '\0');
    uint64_t done = 0;
    while (done < length) {
      const ssize_t got = pread(file, module.data() + done, length - done,
                                static_cast<off_t>(at + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return SystemError("cannot read modules");
      done += static_cast<uint64_t>(got);
    }
    at += length;
    modules.push_back(std::move(module));
  }
  return modules;
}

}  // namespace kernelevolve::worker::gpu
