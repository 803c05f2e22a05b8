#include "worker/timing/panel.h"

#include "base/format.h"

namespace kernelevolve::worker {

Result<Panel> BuildPanel(const Machine& machine, const Task& task,
                         const CompileRule& rule, const Oracle& oracle) {
  Panel panel;
  if (!oracle.plain_library().empty())
    panel.members.push_back({"reference", oracle.plain_library()});
  for (const BaselineSpec& baseline : task.baselines) {
    if (baseline.cpp.empty()) continue;  // PyTorch: for GPUs
    BuildRequest request;
    request.source = task.files.at(baseline.cpp);
    request.rule = &rule;
    request.link = baseline.link;
    request.trusted = true;
    BuildResult built;
    auto outcome = machine.builder->Build(request, &built);
    if (!outcome) return Fail(outcome.error());
    if (*outcome) {
      panel.notes.push_back(format("baseline {} left out: it does not build "
                                   "here ({})", baseline.name, (*outcome)->message));
      continue;
    }
    panel.members.push_back({baseline.name, built.library});
  }
  if (panel.members.empty())
    return BadInput(format("task {} has no baseline that builds here; a task "
                           "whose tensors are not f32 needs one under "
                           "[[baselines]]", task.name));
  return panel;
}

}  // namespace kernelevolve::worker
