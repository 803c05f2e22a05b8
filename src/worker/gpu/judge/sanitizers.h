// Gate G5 on a device: one call of the kernel, watched by each tool of
// compute-sanitizer in a launcher of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "worker/gpu/judge/own_binding.h"
#include "worker/gpu/judge/sanitizer_log.h"
#include "worker/judge/machine.h"

namespace kernelevolve::worker::gpu {

struct SanitizerSubject {
  const Machine& machine;
  int device = 0;
  const Task& task;
  const ShapeCase& shape;  // small: a watched kernel is a hundred times slower
  const ShapePlan& plan;
  const std::vector<std::string>& modules;
  const InputSet& inputs;
  std::string driver_library = "libcuda.so.1";
};

// Adds `note`, unless it is there.
void NoteOnce(const std::string& note, std::vector<std::string>* notes);

// The first finding of a tool that is on. A tool that is missing, breaks or is
// too slow is a note, and no verdict.
std::optional<Failure> RunSanitizers(const SanitizerSubject& subject,
                                     const CheckSet& checks,
                                     std::vector<std::string>* notes);

}  // namespace kernelevolve::worker::gpu
