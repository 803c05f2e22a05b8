#include "process/cpu_time.h"

#include <unistd.h>

#include <cstdio>

#include "base/file.h"
#include "base/format.h"

namespace kernelevolve {

double CpuSeconds(pid_t process) {
  const Result<std::string> stat = ReadFile(format("/proc/{}/stat", process));
  // The name, in parentheses, may hold anything.
  const size_t name_end = stat ? stat->rfind(')') : std::string::npos;
  if (name_end == std::string::npos) return 0;
  unsigned long user = 0, system = 0;
  long waited_user = 0, waited_system = 0;
  const int read =
      std::sscanf(stat->c_str() + name_end + 1,
                  " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld",
                  &user, &system, &waited_user, &waited_system);
  if (read != 4) return 0;
  const double ticks = static_cast<double>(user + system) +
                       static_cast<double>(waited_user + waited_system);
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace kernelevolve
