// GpuFront: a worker's part of judging on a device: compile, record the launch
// plan, tell what is known without running anything, and hand the plan to the
// process that holds the device. Any number of workers do this side by side.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "wire/messages.h"
#include "worker/gpu/candidate/sass_text.h"
#include "worker/gpu/server/device_client.h"
#include "worker/judge/machine.h"
#include "worker/python/python_recorder.h"
#include "worker/record/recorder.h"

namespace kernelevolve::worker::gpu {

struct GpuFrontOptions {
  // Absent: no device; everything ends with NO_DEVICE and static facts.
  std::optional<int> device;
  fs::path lane_lock;
};

// One per worker process, one thread.
class GpuFront {
 public:
  GpuFront(const Machine& machine, const GpuFrontOptions& options);

  using Progress = std::function<void(const std::string& phase)>;
  // An Error means that nothing can be said of the candidate: a tool or the
  // device's process is missing, the task is broken.
  Result<Evaluation> Evaluate(const wire::EvaluateRequest& request,
                              const Progress& progress);

 private:
  struct Device {
    int arch = 0;  // 90
    Json facts;    // as in a record request
    std::string absent;  // why there is none; "" = it is here
  };
  const Device& FindDevice(const Progress& progress);
  Verdictless RecordPython(const wire::EvaluateRequest& request, const Json& ask,
                           RecordedKernel* recorded);
  Verdictless Record(const wire::EvaluateRequest& request, const Device& device,
                     int arch, Disassemblies* sass, RecordedKernel* recorded,
                     Evaluation* evaluation);
  // Adds what images and launches tell to the evaluation's profile.
  void Describe(const wire::EvaluateRequest& request,
                const RecordedKernel& recorded, int arch, const Json& device,
                Disassemblies* sass, Evaluation* evaluation);
  // Tier H, for a candidate that could not be recorded; the recorder's verdict
  // where host code cannot be run here.
  Result<Evaluation> OnDeviceAsHost(const wire::EvaluateRequest& request,
                                    const Failure& no_plan, Evaluation recorded,
                                    const Progress& progress);
  Result<Evaluation> OnDevice(const wire::EvaluateRequest& request,
                              const RecordedKernel& recorded,
                              Evaluation built, const Progress& progress);

  const Machine& machine_;
  const GpuFrontOptions options_;
  DeviceClient client_;
  std::optional<Device> device_;
  SassText sass_;
  StopCondition never_;  // the engine ends a worker by closing its pipe
  std::unique_ptr<PythonRecorder> python_;  // at the first candidate in Python
};

// "sm_90" → 90; nullopt for other devices.
std::optional<int> ArchOf(const std::string& device);

}  // namespace kernelevolve::worker::gpu
