// What a device's verdicts say of how they were reached, in words.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "core/task.h"

namespace kernelevolve::worker::gpu {

// Where there are several devices. `device`: its index.
std::string OneOfSeveral(int device, int count, const std::string& uuid);
// Which shortcuts PyTorch may take in the panel (runners/python/ke_torch/
// precision.py sets them).
std::string PanelPrecision(const Task& task);
// "" for no shapes. `shapes`: those whose expected values are float32.
std::string NarrowAnswers(const std::set<std::string>& shapes);
// Why nothing can be said where memory was short.
std::string SpentMemory(const std::string& what, uint64_t free, uint64_t total);

}  // namespace kernelevolve::worker::gpu
