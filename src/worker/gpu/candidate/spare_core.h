// Whether work that may turn out to be in vain would keep other work waiting.
#pragma once

#include <cstddef>
#include <string>

namespace kernelevolve::worker::gpu {

// By what the kernel says of tasks that run or wait to run at this moment.
bool CoreToSpare(size_t cores);

// Tasks beside the caller, of the text of /proc/loadavg; -1 if it is no such.
int OtherTasks(const std::string& loadavg);

}  // namespace kernelevolve::worker::gpu
