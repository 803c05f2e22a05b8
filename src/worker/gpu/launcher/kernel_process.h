// KernelProcess: what the judge needs of the process in which a candidate's
// kernel runs, whether that is a launcher of ours that replays a plan (tier K)
// or one that runs the candidate's host code (tier H).
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/launch_plan.h"
#include "core/task.h"
#include "worker/gpu/launcher/launcher_messages.h"
#include "worker/run/failure.h"

namespace kernelevolve::worker::gpu {

// One shape, and where its tensors lie.
struct KernelCall {
  const ShapeCase& shape;
  const ShapePlan& plan;  // tier H: workspace_bytes alone
  const std::vector<std::string>& modules;
  const BindRequest& places;
};

// One thread. Once unusable it is replaced.
class KernelProcess {
 public:
  virtual ~KernelProcess() = default;

  virtual bool usable() const = 0;
  // Whether a candidate's code in it could map its inputs for writing.
  virtual bool may_write_inputs() const { return false; }
  // Makes calls at a shape possible; constant inputs have their values.
  virtual Verdictless Prepare(const KernelCall& call, BindReport* report) = 0;
  // One call. What is not done within `limit` is killed: TIMEOUT. `host_ns` is
  // what the process says that it took.
  virtual Verdictless Run(std::chrono::nanoseconds limit, double* host_ns) = 0;
  // As Run, the way a program does it: host code is run itself, where Run may
  // replay what was captured of it.
  virtual Verdictless RunAsUsed(std::chrono::nanoseconds limit, double* host_ns) {
    return Run(limit, host_ns);
  }
  // As Run. `at_reply` is called as soon as the process says that it is done,
  // before anything else is made of that.
  using AtReply = std::function<Status()>;
  virtual Verdictless RunThen(std::chrono::nanoseconds limit,
                              const AtReply& at_reply, double* host_ns) {
    RETURN_IF_FAILED(Run(limit, host_ns));
    RETURN_IF_ERROR(at_reply());
    return std::nullopt;
  }
  // As Run, of several calls one right behind the other. Of plans alone.
  virtual Verdictless RunInARow(const RunRequest&, std::chrono::nanoseconds) {
    return Broken("host code is not called in a row");
  }
  // Whatever the process does between calls goes on for so long, where it is
  // stopped otherwise.
  virtual Verdictless LetRun(std::chrono::nanoseconds) { return std::nullopt; }
  // Calls that the process itself times. In tier H these are claims, and nothing
  // is flushed.
  virtual Verdictless Time(const TimeRequest& request,
                           std::chrono::nanoseconds limit,
                           std::vector<TimeSample>* samples) = 0;
};

}  // namespace kernelevolve::worker::gpu
