#include "worker/gpu/launcher/plan_executor.h"

#include <chrono>

#include "base/format.h"
#include "worker/gpu/launcher/call_graph.h"

namespace kernelevolve::worker::gpu {
namespace {

// The driver's own allocations begin at such addresses; rounding up to it lets
// a fill by words reach every byte.
constexpr uint64_t kAllocationStep = 256;

uint64_t RoundUp(uint64_t bytes) {
  return (std::max<uint64_t>(bytes, 1) + kAllocationStep - 1) / kAllocationStep *
         kAllocationStep;
}

template <typename Op, typename Visit>
void VisitReferences(const Op& op, const std::vector<TensorMap>& maps,
                     const Visit& visit) {
  for (const PlanPointer& pointer : op.pointers) visit(pointer.place.buffer);
  for (const PlanMapUse& use : op.maps)
    if (use.map >= 0 && static_cast<size_t>(use.map) < maps.size())
      visit(maps[static_cast<size_t>(use.map)].base.buffer);
}

// Calls `visit` with every buffer that `op` names.
template <typename Visit>
void ForEachBuffer(const PlanOp& op, const std::vector<TensorMap>& maps,
                   const Visit& visit) {
  if (const auto* launch = std::get_if<LaunchOp>(&op)) {
    VisitReferences(*launch, maps, visit);
  } else if (const auto* fill = std::get_if<MemsetOp>(&op)) {
    visit(fill->to.buffer);
  } else if (const auto* copy = std::get_if<CopyOp>(&op)) {
    visit(copy->to.buffer);
    visit(copy->from.buffer);
  } else if (const auto* write = std::get_if<WriteOp>(&op)) {
    visit(write->to.buffer);
    VisitReferences(*write, maps, visit);
  }
}

}  // namespace

CudaStatus PlanExecutor::Load(const std::vector<std::string>& images,
                              ShapePlan plan) {
  RETURN_IF_CUDA_ERROR(streams_.Reach(0));
  plan_ = std::move(plan);
  ASSIGN_OR_RETURN_CUDA(LoadedModules modules,
                        LoadedModules::Load(driver_, images, plan_));
  modules_ = std::move(modules);
  FindSetupsOwn();
  return {};
}

CudaStatus PlanExecutor::LoadNext(ShapePlan plan) {
  graph_ = GraphExec();
  setup_.reset();
  run_.reset();
  plan_ = std::move(plan);
  RETURN_IF_CUDA_ERROR(modules_->Grant(driver_, plan_));
  FindSetupsOwn();
  return {};
}

void PlanExecutor::FindSetupsOwn() {
  setups_own_.assign(plan_.allocations.size(), false);
  for (const PlanOp& op : plan_.setup)
    ForEachBuffer(op, plan_.tensor_maps, [&](const BufferRef& buffer) {
      const auto index = static_cast<size_t>(buffer.index);
      if (buffer.kind == BufferRef::Kind::kAllocation &&
          index < setups_own_.size())
        setups_own_[index] = true;
    });
}

Cuda<BindReport> PlanExecutor::Bind(const Binding& binding) {
  graph_ = GraphExec();
  setup_.reset();
  run_.reset();
  RETURN_IF_CUDA_ERROR(Allocate(binding.poison));
  BufferTable buffers{binding.inputs, binding.outputs, {}, binding.workspace, {}};
  ASSIGN_OR_RETURN_CUDA(buffers.variables,
                        modules_->FindVariables(driver_, plan_.variables));
  for (const Allocation& allocation : allocations_)
    buffers.allocations.push_back(allocation.get());
  ASSIGN_OR_RETURN_CUDA(const std::vector<CuTensorMap> maps,
                        EncodeMaps(driver_, plan_.tensor_maps, buffers));
  const OpSequence::Context context{driver_, *modules_, buffers, maps, streams_};
  ASSIGN_OR_RETURN_CUDA(setup_, OpSequence::Prepare(plan_.setup, context));
  ASSIGN_OR_RETURN_CUDA(run_, OpSequence::Prepare(plan_.run, context));
  BindReport report;
  report.graph = binding.graph;
  if (!binding.graph) return report;
  if (const auto captured = Capture(); !captured) {
    if (IsSticky(captured.error().code))
      return tl::unexpected<CudaError>(captured.error());
    report.graph = false;
    report.why = format("{}: {}", captured.error().what,
                        driver_.Name(captured.error().code));
  }
  return report;
}

CudaStatus PlanExecutor::Allocate(std::optional<uint32_t> poison) {
  allocations_.clear();
  for (const uint64_t bytes : plan_.allocations) {
    CuAddress address = 0;
    RETURN_IF_CUDA(driver_.MemAlloc(&address, RoundUp(bytes)),
                   format("an allocation of {} bytes", bytes));
    allocations_.emplace_back(driver_, address);
  }
  if (!poison) return {};
  return FillAllocations(*poison, /*all=*/true);
}

CudaStatus PlanExecutor::FillAllocations(uint32_t pattern, bool all) {
  for (size_t i = 0; i < allocations_.size(); ++i)
    if (all || !setups_own_[i])
      RETURN_IF_CUDA(
          driver_.MemsetD32Async(allocations_[i].get(), pattern,
                                 RoundUp(plan_.allocations[i]) / 4,
                                 streams_.at(0)),
          "filling an allocation");
  return Wait("filling allocations");
}

CudaStatus PlanExecutor::Capture() {
  ASSIGN_OR_RETURN_CUDA(
      graph_, CaptureCall(driver_, streams_.at(0),
                          [&] { return run_->Issue(driver_, streams_); }));
  return {};
}

CudaStatus PlanExecutor::Setup() {
  RETURN_IF_CUDA_ERROR(setup_->Issue(driver_, streams_));
  return Wait("the setup");
}

CudaStatus PlanExecutor::IssueCall() {
  if (!graph_) return run_->Issue(driver_, streams_);
  RETURN_IF_CUDA(driver_.GraphLaunch(graph_.get(), streams_.at(0)),
                 "launching the call");
  return {};
}

Cuda<int64_t> PlanExecutor::Run(std::optional<uint32_t> poison, int calls,
                                const std::vector<Span>& wiped) {
  using Steady = std::chrono::steady_clock;
  constexpr unsigned char kWiped = 0xff;  // NaN in every floating format
  if (poison) RETURN_IF_CUDA_ERROR(FillAllocations(*poison, /*all=*/false));
  const auto start = Steady::now();
  for (int call = 0; call < calls; ++call) {
    for (const Span& span : wiped)
      if (call > 0)
        RETURN_IF_CUDA(driver_.MemsetD8Async(span.address, kWiped, span.bytes,
                                             streams_.at(0)),
                       "wiping an output");
    RETURN_IF_CUDA_ERROR(IssueCall());
  }
  RETURN_IF_CUDA_ERROR(Wait("the call"));
  return std::chrono::nanoseconds(Steady::now() - start).count();
}

CudaStatus PlanExecutor::Wait(const std::string& during) {
  RETURN_IF_CUDA(driver_.StreamSynchronize(streams_.at(0)), during);
  return {};
}

}  // namespace kernelevolve::worker::gpu
