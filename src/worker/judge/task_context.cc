#include "worker/judge/task_context.h"

namespace kernelevolve::worker {

Result<TaskContext*> TaskContexts::For(const Task& task, const Target& target) {
  constexpr size_t kKept = 4;  // each holds processes and cached answers
  const std::string key = task.Digest() + " " + target.Name();
  for (auto it = contexts_.begin(); it != contexts_.end(); ++it)
    if (it->first == key) {
      contexts_.splice(contexts_.begin(), contexts_, it);
      return contexts_.front().second.get();
    }
  auto context = std::make_unique<TaskContext>();
  context->task = task;
  context->target = target;
  ASSIGN_OR_RETURN(context->oracle, Oracle::Create(machine_, context->task,
                                                   context->target.compile));
  ASSIGN_OR_RETURN(context->panel,
                   BuildPanel(machine_, context->task, context->target.compile,
                              *context->oracle));
  contexts_.emplace_front(key, std::move(context));
  if (contexts_.size() > kKept) contexts_.pop_back();
  return contexts_.front().second.get();
}

}  // namespace kernelevolve::worker
