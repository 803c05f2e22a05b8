// KernelProcesses: the processes in which one candidate's kernel runs, with the
// task's memory lent to them. Two that differ in everything that must not
// matter, one whose inputs may be written, to explain a fault, and for host code
// one that looks watched.
#pragma once

#include "worker/gpu/judge/gpu_session.h"
#include "worker/gpu/launcher/kernel_process.h"

namespace kernelevolve::worker::gpu {

// One thread. A process that is of no more use is replaced at the next call.
class KernelProcesses {
 public:
  virtual ~KernelProcesses() = default;

  // World 0 or 1.
  virtual Result<KernelProcess*> For(int world, TaskMemory& memory) = 0;
  virtual Result<KernelProcess*> Permissive(TaskMemory& memory) = 0;
  // Looks as if checking tools watched it; null where no host code would see it.
  virtual Result<KernelProcess*> Watched(TaskMemory& memory) = 0;
  // The next For(world) starts a new process.
  virtual void Retire(int world) = 0;
};

}  // namespace kernelevolve::worker::gpu
