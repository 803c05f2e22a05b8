#include "worker/gpu/candidate/spare_core.h"

#include <cstdio>

#include "base/file.h"

namespace kernelevolve::worker::gpu {

bool CoreToSpare(size_t cores) {
  const auto text = ReadFile("/proc/loadavg");
  const int others = text ? OtherTasks(*text) : -1;
  return others >= 0 && static_cast<size_t>(others) < cores;
}

int OtherTasks(const std::string& loadavg) {
  int running = 0;
  const bool found =
      std::sscanf(loadavg.c_str(), "%*f %*f %*f %d/", &running) == 1;
  return found && running > 0 ? running - 1 : -1;
}

}  // namespace kernelevolve::worker::gpu
