#include "worker/gpu/judge/verdict_notes.h"

#include "base/format.h"
#include "worker/torch/torch_messages.h"

namespace kernelevolve::worker::gpu {

std::string OneOfSeveral(int device, int count, const std::string& uuid) {
  return format("judged on device {} of {}: {}", device, count, uuid);
}

std::string PanelPrecision(const Task& task) {
  const std::string asked = task.objective.precision;
  const std::string set = TorchPrecision(task);
  std::string text =
      set == "tf32" ? "panel: TF32 on in products and in cuDNN"
                    : "panel: TF32 off in products and in cuDNN (torch's default "
                      "has it on in cuDNN)";
  text += "; 16-bit partial sums on (torch's default)";
  if (asked != set) text += format("; precision = \"{}\" is for kernels alone", asked);
  return text;
}

std::string NarrowAnswers(const std::set<std::string>& shapes) {
  std::string names;
  for (const std::string& name : shapes) names += (names.empty() ? "" : ", ") + name;
  if (names.empty()) return "";
  return "expected values are float32, since float64 did not fit the device, at "
         "shapes: " + names;
}

std::string SpentMemory(const std::string& what, uint64_t free, uint64_t total) {
  return format("the device's memory is short: {} of {} bytes are free, "
                "after the judge gave back what it had kept; {}", free, total, what);
}

}  // namespace kernelevolve::worker::gpu
