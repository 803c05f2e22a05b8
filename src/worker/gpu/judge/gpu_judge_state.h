// What a GpuJudge holds of a task and of a verdict in hand. For its own files alone.
#pragma once

#include "worker/gpu/host/host_clock.h"
#include "worker/gpu/host/host_processes.h"
#include "worker/gpu/judge/gpu_judge.h"

namespace kernelevolve::worker::gpu {

// What is kept of one task between candidates.
struct GpuJudge::TaskState {
  Task task;
  std::string digest;
  std::vector<ShapeCase> shapes;  // listed for a GPU
  std::unique_ptr<TaskMemory> memory;
  std::unique_ptr<Oracle> host_oracle;  // null without reference.cc
  std::unique_ptr<TorchPanel> panel;
  std::unique_ptr<GpuOracle> oracle;
  std::optional<PanelRanking> ranking;
  bool whole_panel = false;  // the slow members are prepared too
  HostClock host_clock;
};

struct GpuJudge::Trip {
  const wire::EvaluateRequest& request;
  PlannedKernel kernel;
  TaskState& state;
  CheckSet checks;
  Evidence evidence;
  Evaluation evaluation;
  std::unique_ptr<HostProcesses> host;  // tier H alone

  KernelProcesses& processes(Launchers& launchers) const {
    return host ? static_cast<KernelProcesses&>(*host) : launchers;
  }
};

}  // namespace kernelevolve::worker::gpu
