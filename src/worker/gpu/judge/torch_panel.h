// TorchPanel: a task's exact answers and its baselines on a device, as PyTorch
// computes them. Each baseline has a process of its own, and a thread of ours
// that speaks with it, so that all of them start at once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "worker/gpu/judge/cache_flush.h"
#include "worker/gpu/judge/gpu_session.h"
#include "worker/gpu/judge/own_thread.h"
#include "worker/torch/torch_process.h"

namespace kernelevolve::worker::gpu {

struct TorchPanelOptions {
  TorchForkServer* server = nullptr;  // outlives the panel, as `flush` does
  fs::path scratch;
  int device = 0;
  const CacheFlush* flush = nullptr;
  // Asked while a member is prepared, which may take minutes: true ends it, and
  // the panel is worth nothing then.
  std::function<bool()> abandoned = {};
};

// One per task; one thread.
class TorchPanel {
 public:
  // Needs task.reference_torch. Starts the process of the exact answers; those
  // of the baselines start when they are first asked for.
  static Result<std::unique_ptr<TorchPanel>> Create(
      const TorchPanelOptions& options, const Task& task, TaskMemory& memory);
  ~TorchPanel();

  const TorchFacts& facts() const { return facts_; }
  Result<TorchRoofs> MeasureRoofs();

  // Exact answers of the inputs in `memory` at `shape` into `exact` (one per
  // output, from byte 0), those of the plain kernel into the panel's outputs.
  Result<OracleReply> Answer(const ShapeCase& shape, TaskMemory& memory,
                             const std::vector<const LentMemory*>& exact);

  // Baselines, quickest to prepare first: eager, the task's own, compile,
  // compile_max_autotune.
  size_t size() const { return members_.size(); }
  const std::string& name(size_t member) const;
  // How many of them the search stage takes (all but the slow last ones).
  size_t search_size() const;
  // Prepares members at shapes; what cannot be is left out with a note. Their
  // processes start all at once. What follows chooses kernels by timing them on
  // the device (cuDNN's search, Triton's and inductor's autotuning), so that one
  // member after the other has it alone. The caller holds the lane. `fill` writes
  // inputs of a shape, where they lie: a reference may take extents from values.
  using FillInputs = std::function<Status(const ShapeCase&)>;
  Status Prepare(const std::vector<size_t>& members,
                 const std::vector<ShapeCase>& shapes, const FillInputs& fill,
                 TaskMemory& memory);
  bool Ready(size_t member, const ShapeCase& shape) const;
  // Again, to be called anew each time instead of replayed, because of `why`.
  Status PrepareUncaptured(size_t member, const ShapeCase& shape,
                           const std::string& why, TaskMemory& memory);
  // From now on the member is not ready at `shape`.
  void LeaveOut(size_t member, const ShapeCase& shape, const std::string& why);
  // One timed call, microseconds; writes the panel's outputs if asked to.
  Result<double> Time(size_t member, const ShapeCase& shape, uint64_t flush_bytes,
                      bool keep_outputs, TaskMemory& memory);
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Member {
    MemberSpec spec;
    std::unique_ptr<OwnThread> thread;
    std::unique_ptr<TorchProcess> process;  // touched by the thread alone
    std::set<std::string> ready;            // shapes
    bool out = false;                       // its process does not start
  };

  TorchPanel(const TorchPanelOptions& options, const Task& task)
      : options_(options), task_(task) {}
  void AddMembers();
  Result<std::unique_ptr<TorchProcess>> StartProcess(const std::string& name,
                                                     TaskMemory& memory) const;
  // On the member's thread, both.
  Status StartMember(Member& member, const std::vector<TorchBinding>& bindings,
                     TaskMemory& memory) const;
  Status PrepareMember(Member& member, const TorchBinding& binding,
                       std::vector<std::string>* notes) const;
  // Prepares a member that has started, at shapes that are bound; waits for it.
  Status Finish(Member& member, const Status& started,
              const std::vector<ShapeCase>& shapes, const FillInputs& fill,
              TaskMemory& memory);
  TorchBinding BindingAt(const std::string& name, const ShapeCase& shape,
                         const TaskMemory& memory) const;

  const TorchPanelOptions options_;
  const Task& task_;
  TorchFacts facts_;
  OwnThread oracle_thread_;
  std::unique_ptr<TorchProcess> oracle_;  // touched by oracle_thread_ alone
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<std::string> notes_;
};

}  // namespace kernelevolve::worker::gpu
