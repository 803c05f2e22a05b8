#include "worker/run/process_use.h"

#include <unistd.h>

#include <cstdio>

#include "base/file.h"
#include "base/format.h"

namespace kernelevolve::worker {
namespace {

int CountEntries(const fs::path& folder) {
  std::error_code error;
  int count = 0;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    ++count;
  return count;
}

}  // namespace

std::optional<ProcessUse> ReadProcessUse(pid_t pid) {
  const fs::path folder = format("/proc/{}", pid);
  const auto text = ReadFile(folder / "statm");
  unsigned long long resident = 0, shared = 0, data = 0;
  // "size resident shared text 0 data 0", in pages.
  if (!text || std::sscanf(text->c_str(), "%*u %llu %llu %*u %*u %llu", &resident,
                           &shared, &data) != 3)
    return std::nullopt;
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  ProcessUse use;
  use.resident_bytes = resident > shared ? (resident - shared) * page : 0;
  use.data_bytes = data * page;
  use.descriptors = CountEntries(folder / "fd");
  use.threads = CountEntries(folder / "task");
  return use;
}

}  // namespace kernelevolve::worker
