#include "worker/sandbox/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace kernelevolve::worker {

Result<Fd> MakeMemoryFile(const char* name) {
  Fd file(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return SystemError("cannot make a file in memory");
  return file;
}

Result<Fd> MakeOutputFile(const char* name, uint64_t bytes) {
  ASSIGN_OR_RETURN(Fd file, MakeMemoryFile(name));
  if (ftruncate(file.get(), bytes) != 0 ||
      fcntl(file.get(), F_ADD_SEALS,
            F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return SystemError("cannot size a file in memory");
  return file;
}

std::string ReadOutputFile(int file, uint64_t bytes) {
  // The offset is shared with the writer. A hostile one may move it, which
  // gains it nothing but zeros at the end.
  const off_t written = lseek(file, 0, SEEK_CUR);
  std::string text(std::clamp<off_t>(written, 0, bytes), '\0');
  const ssize_t count = pread(file, text.data(), text.size(), 0);
  text.resize(std::max<ssize_t>(count, 0));
  text.resize(text.find_last_not_of('\0') + 1);
  return text;
}

}  // namespace kernelevolve::worker
