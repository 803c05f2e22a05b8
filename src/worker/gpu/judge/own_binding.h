// A plan bound to memory that its launcher allocated itself, each buffer of
// exactly its size: what tools that watch a process understand best.
#pragma once

#include <string>

#include "core/launch_plan.h"
#include "core/task.h"
#include "worker/gpu/judge/gpu_session.h"
#include "worker/gpu/launcher/launcher_process.h"

namespace kernelevolve::worker::gpu {

struct OwnBinding {
  LauncherProcess& launcher;
  const Task& task;
  const ShapeCase& shape;
  const ShapePlan& plan;
  const std::vector<std::string>& modules;
};

// Inputs from host memory. Outputs, workspace and the plan's allocations are
// written by nobody. Calls are issued one by one; setup has been run.
Verdictless BindOwn(const OwnBinding& binding, const InputSet& inputs);
// Inputs copied from the slots of `memory`, which were lent to the launcher and
// are taken back.
Verdictless BindOwn(const OwnBinding& binding, TaskMemory& memory);

}  // namespace kernelevolve::worker::gpu
