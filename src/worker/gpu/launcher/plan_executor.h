// PlanExecutor: one shape's plan on the device: its modules, its allocations,
// its call as a graph.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "worker/gpu/launcher/launcher_messages.h"
#include "worker/gpu/launcher/op_sequence.h"

namespace kernelevolve::worker::gpu {

// Where a binding's memory lies; lent, so owned elsewhere.
struct Binding {
  std::vector<CuAddress> inputs, outputs;
  CuAddress workspace = 0;
  std::optional<uint32_t> poison;  // of the plan's own allocations
  bool graph = true;               // else calls are issued one by one
};

// Owned by the launcher; used on the thread with the context. Driver, streams
// and lent memory must outlive it. In order: Load, Bind, Setup, then any number
// of Run and Time.
class PlanExecutor {
 public:
  PlanExecutor(const Driver& driver, StreamSet& streams)
      : driver_(driver), streams_(streams) {}

  CudaStatus Load(const std::vector<std::string>& images, ShapePlan plan);
  // Another shape of a candidate whose images are loaded.
  CudaStatus LoadNext(ShapePlan plan);
  Cuda<BindReport> Bind(const Binding& binding);
  CudaStatus Setup();
  struct Span {
    CuAddress address = 0;
    uint64_t bytes = 0;
  };
  // Calls as fast as they can be issued, and the wait for their end: nanoseconds by
  // the host's clock. Before each but the first what lies at `wiped` is overwritten,
  // so that none can leave it to another.
  Cuda<int64_t> Run(std::optional<uint32_t> poison, int calls = 1,
                    const std::vector<Span>& wiped = {});
  // Issues one call onto stream 0, without waiting.
  CudaStatus IssueCall();

 private:
  CudaStatus Allocate(std::optional<uint32_t> poison);
  CudaStatus FillAllocations(uint32_t pattern, bool all);
  CudaStatus Capture();
  CudaStatus Wait(const std::string& during);
  void FindSetupsOwn();

  const Driver& driver_;
  StreamSet& streams_;
  ShapePlan plan_;
  std::optional<LoadedModules> modules_;
  std::vector<Allocation> allocations_;
  std::vector<bool> setups_own_;  // allocations that setup names
  std::optional<OpSequence> setup_, run_;
  GraphExec graph_;
};

}  // namespace kernelevolve::worker::gpu
