// Gates G2 to G4 on a device: is the kernel right, everywhere the task says it
// must be? The same cases as on a CPU (worker/judge/correctness.h); listed shapes
// are compared where they lie, small ones on the host with the reference's own
// error bound.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/launch_plan.h"
#include "worker/gpu/host/host_code.h"
#include "worker/gpu/judge/gpu_oracle.h"
#include "worker/gpu/judge/kernel_processes.h"
#include "worker/judge/checks.h"
#include "worker/judge/correctness.h"

namespace kernelevolve::worker::gpu {

// A candidate's plan with the shapes it was recorded for.
struct PlannedKernel {
  std::vector<ShapeCase> shapes;  // parallel to plan.shapes
  LaunchPlan plan;
  // Tier H: no plan could be recorded, and this is run in its place. The plan's
  // shapes then hold workspaces alone.
  std::optional<HostCode> host;

  const ShapePlan* For(const ShapeCase& shape) const;
};

// One candidate. One thread, which has the device's context current.
class GpuCorrectness {
 public:
  struct Parts {
    const Driver& driver;
    DeviceKernels& kernels;
    const Task& task;
    TaskMemory& memory;
    GpuOracle& oracle;
    KernelProcesses& processes;
  };
  GpuCorrectness(const Parts& parts, std::string secret, const CheckSet& checks)
      : parts_(parts), secret_(secret), checks_(checks),
        inputs_(parts.driver, parts.kernels, parts.task, secret) {}

  Verdictless Run(const PlannedKernel& kernel, const CorrectnessPlan& plan,
                  Evidence* evidence);

 private:
  struct Seen {  // what world one made of a case
    Circumstances where;
    uint64_t digest = 0;
    bool listed = false;
  };

  Verdictless FirstWorld(const PlannedKernel& kernel, const CorrectnessPlan& plan);
  Verdictless SecondWorld(const PlannedKernel& kernel);
  Verdictless Try(GpuSession& session, const PlannedKernel& kernel,
                  const Circumstances& where, bool listed, bool bind);
  Verdictless TryListed(GpuSession& session, const PlannedKernel& kernel,
                        const Circumstances& where, bool bind, uint64_t* digest);
  Verdictless TrySmall(GpuSession& session, const PlannedKernel& kernel,
                       const Circumstances& where, bool bind, uint64_t* digest);
  Verdictless CallSweep(GpuSession& session, const PlannedKernel& kernel,
                        const ShapeCase& shape, int calls);
  Verdictless Nudge(GpuSession& session, const PlannedKernel& kernel,
                    const ShapeCase& shape);
  // A fault says what happened only after a second look.
  Failure ExplainFault(const PlannedKernel& kernel, const Circumstances& where,
                       const Failure& failure);
  Failure Rename(uint64_t digest, Failure failure) const;

  Parts parts_;
  std::string secret_;
  CheckSet checks_;
  DeviceInputs inputs_;
  Evidence* evidence_ = nullptr;
  std::vector<Seen> seen_;
  std::vector<uint64_t> earlier_;  // digests of this session's outputs
  uint64_t poison_ = 1;
};

}  // namespace kernelevolve::worker::gpu
