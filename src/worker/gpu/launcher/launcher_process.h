// LauncherProcess: the judge's handle on one launcher, the process of ours in
// which candidates' device code runs and nothing else of a candidate does.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/file.h"
#include "core/launch_plan.h"
#include "process/child.h"
#include "worker/gpu/launcher/kernel_process.h"
#include "worker/gpu/launcher/launcher_messages.h"
#include "worker/gpu/memory/lent_memory.h"
#include "worker/run/failure.h"

namespace kernelevolve::worker::gpu {

struct LauncherOptions {
  fs::path worker_binary;
  int device = 0;
  fs::path log;                           // standard error; "" = thrown away
  std::string driver = "libcuda.so.1";    // another one in tests
  // What the launcher runs under, e.g. {"compute-sanitizer", "--tool", …}.
  std::vector<std::string> wrapper;
};

// One thread, which outlives it. After a kernel's fault or a missed deadline it
// is of no more use; the next candidate gets a new one.
class LauncherProcess : public KernelProcess {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  // Returns once it has a context on the device. kMissing without a driver.
  static Result<std::unique_ptr<LauncherProcess>> Start(
      const LauncherOptions& options);
  ~LauncherProcess() override;

  bool usable() const override { return usable_; }

  // From here on requests may name the memory; a loan of the same id is replaced.
  Status Lend(int id, const LentMemory& memory, bool writable);
  Status Unlend(int id);

  // Memory of its own under a loan's name: `contents`, or a copy of what lies at
  // `copy_of`, or not written at all.
  Verdictless AllocateFilled(int id, std::string contents);
  Verdictless AllocateCopy(int id, const LentPlace& copy_of, uint64_t bytes);
  Verdictless Allocate(int id, uint64_t bytes);
  // A plan of ours that is run before every Run, never before a timed call: it
  // leaves nothing of the calls before in shared memory and registers.
  Verdictless Scrub(const ShapePlan& plan, const std::vector<std::string>& modules);
  // Plans of ours that are run before every timed call: behind the flush, over
  // lent memory as their input 0, and in the flush's place where there is none.
  Verdictless Sweep(const ShapePlan& plan, const std::vector<std::string>& modules,
                    const LentPlace& over);
  Verdictless Pause(const ShapePlan& plan, const std::vector<std::string>& modules);

  // One shape's plan; the one before is unloaded.
  Verdictless Load(const ShapePlan& plan, const std::vector<std::string>& modules);
  // Makes allocations, encodes tensor maps, captures the calls in a graph.
  Verdictless Bind(const BindRequest& request, BindReport* report = nullptr);
  Verdictless Setup();
  // Load, Bind, Setup.
  Verdictless Prepare(const KernelCall& call, BindReport* report) override;
  // One call. A kernel that is not done within `limit` is killed: TIMEOUT.
  Verdictless Run(Nanoseconds limit, double* host_ns) override;
  Verdictless RunInARow(const RunRequest& request, Nanoseconds limit) override;
  Verdictless Time(const TimeRequest& request, Nanoseconds limit,
                   std::vector<TimeSample>* samples) override;

  // What it wrote to its standard error, for wrappers that report there.
  const fs::path& log() const { return log_; }
  // Ends it in good order, so that a wrapper writes its report. nullopt: it did
  // not end by itself.
  std::optional<ChildExit> Quit(std::chrono::milliseconds limit);

 private:
  LauncherProcess(Child child, Fd socket, fs::path log)
      : child_(std::move(child)), socket_(std::move(socket)), log_(std::move(log)) {}

  Status Greet();
  // Sends a request (and a descriptor behind it) and reads the answer. Neither
  // Failure nor Error: *reply says {"ok": true}.
  Verdictless Ask(const Json& request, int descriptor, Nanoseconds limit,
                  Json* reply);
  Status Tell(const Json& request, int descriptor);
  Verdictless SendOwn(const char* op, const ShapePlan& plan,
                      const std::vector<std::string>& modules,
                      const std::vector<LentPlace>& inputs);
  Verdictless SendPlan(Json request, const LaunchPlan& plan,
                       const std::vector<std::string>& modules, Json* reply);
  // No answer came: a hang, or a death.
  Verdictless NoAnswer(const std::string& stage, Nanoseconds limit);

  Child child_;
  Fd socket_;
  fs::path log_;
  int64_t arch_ = 0;  // the device's, 90 for sm_90
  std::vector<std::string> loaded_;  // images of the plan before
  bool usable_ = true;
};

// The device, its links or its driver are at fault: no verdict on a candidate.
bool IsDeviceTrouble(const CudaReport& report);
// The verdict on a CUDA error that a candidate's kernel led to.
Failure FailureOf(const CudaReport& report);
// The device's memory is spent, by whomever.
bool IsOutOfMemory(const Failure& failure);
// A fault that may be an access to memory that is not the kernel's: the driver does
// not say that of each, so all that it does not call something else.
bool MayBeBadAccess(const Failure& failure);

}  // namespace kernelevolve::worker::gpu
