// What a GpuJudge keeps of tasks between candidates, and how it comes by it.
#include "worker/gpu/judge/gpu_judge_state.h"

#include <algorithm>
#include <numeric>

#include "base/format.h"
#include "base/random.h"

namespace kernelevolve::worker::gpu {

Result<std::unique_ptr<GpuJudge::TaskState>> GpuJudge::MakeState(const Task& task) {
  RETURN_IF_ERROR(KeepForkServer());
  auto state = std::make_unique<TaskState>();
  state->task = task;
  state->digest = task.Digest();
  state->shapes = task.ShapesFor("gpu");
  if (state->shapes.empty())
    return BadInput(format("task {} lists no shape for a gpu", task.name));
  ASSIGN_OR_RETURN(state->memory,
                   TaskMemory::Create(*driver_, options_.device, state->task,
                                      state->shapes));
  if (!task.reference_cpp.empty()) {
    ASSIGN_OR_RETURN(const fs::path data, DataFolder());
    ASSIGN_OR_RETURN(const Target host, FindTarget("cpp@native", data));
    ASSIGN_OR_RETURN(state->host_oracle,
                     Oracle::Create(machine_, state->task, host.compile, Arbiter::kLibrary));
  }
  if (task.reference_torch.empty())
    return BadInput(format("task {} has no PyTorch reference; judging it on a GPU "
                           "needs one ([reference] torch = \"reference.py\")",
                           task.name));
  ASSIGN_OR_RETURN(state->panel,
                   TorchPanel::Create({torch_.get(), machine_.scratch, options_.device,
                                       flush_.get(), options_.abandoned},
                                      state->task, *state->memory));
  state->oracle = std::make_unique<GpuOracle>(
      *driver_, options_.device, *kernels_, state->task, state->host_oracle.get(),
      state->panel.get());
  return state;
}

Result<GpuJudge::TaskState*> GpuJudge::StateFor(const Task& task) {
  if (!torch_->alive()) DropStates();
  const auto found = std::ranges::find_if(
      states_, [digest = task.Digest()](const auto& state) {
        return state->digest == digest;
      });
  if (found != states_.end()) {
    states_.splice(states_.begin(), states_, found);
    return states_.front().get();
  }
  // Each holds device memory and several processes: a few small ones stay.
  constexpr size_t kMostTasks = 3;
  constexpr double kRoomy = 0.75;
  // Answers are soon made again, unlike a panel.
  if (FreeShare() <= kRoomy)
    for (const auto& state : states_) state->oracle->DropAnswers();
  DropStates(FreeShare() > kRoomy ? kMostTasks - 1 : 0);
  ASSIGN_OR_RETURN(auto state, MakeState(task));
  states_.push_front(std::move(state));
  return states_.front().get();
}

void GpuJudge::DropStates(size_t keep) {
  while (states_.size() > keep) {
    launchers_->Forget(states_.back()->memory.get());
    states_.pop_back();
  }
}

bool GpuJudge::PanelIsReady(const TaskState& state, bool whole) {
  return state.ranking && (state.whole_panel || !whole);
}

Status GpuJudge::PreparePanel(TaskState& state, bool whole) {
  if (PanelIsReady(state, whole)) return {};
  std::vector<size_t> members(whole ? state.panel->size()
                                    : state.panel->search_size());
  std::iota(members.begin(), members.end(), 0);
  DeviceInputs inputs(*driver_, *kernels_, state.task, SecretBytes(16));
  const auto fill = [&](const ShapeCase& shape) {
    return inputs.Write({shape, InputFamily::kDeclared, 0}, /*constants=*/true,
                        *state.memory);
  };
  RETURN_IF_ERROR(state.panel->Prepare(members, state.shapes, fill, *state.memory));
  state.whole_panel = whole;
  state.ranking.reset();
  return {};
}

}  // namespace kernelevolve::worker::gpu
