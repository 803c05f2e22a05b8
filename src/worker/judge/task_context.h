// TaskContext: what the judge keeps of one task between candidates.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "worker/judge/oracle.h"
#include "worker/timing/panel.h"

namespace kernelevolve::worker {

struct TaskContext {
  Task task;
  Target target;
  std::unique_ptr<Oracle> oracle;
  Panel panel;
  std::optional<Anchors> anchors;  // once measured
  // What each shape's anchor took in recent evaluations, microseconds.
  std::map<std::string, std::deque<double>> anchor_times;
};

// The last few tasks' contexts. One thread.
class TaskContexts {
 public:
  explicit TaskContexts(const Machine& machine) : machine_(machine) {}
  // kBadInput: the task's reference does not build or run. kMissing: a tool.
  Result<TaskContext*> For(const Task& task, const Target& target);

 private:
  const Machine& machine_;
  std::list<std::pair<std::string, std::unique_ptr<TaskContext>>> contexts_;
};

}  // namespace kernelevolve::worker
