// Profiler: why an accepted kernel takes its time. Says nothing about whether
// it is right or fast, and cannot change what was said.
#pragma once

#include <string>

#include "core/evaluation.h"
#include "worker/judge/machine.h"
#include "worker/judge/task_context.h"
#include "worker/profile/observed_calls.h"
#include "worker/timing/lane.h"
#include "worker/timing/roofs.h"

namespace kernelevolve::worker {

struct ProfileSubject {
  fs::path library;
  BuildRequest build;  // what it was made from
  std::string secret;  // root of the inputs of observed calls
  bool full = false;   // else only what costs some milliseconds
};

// One evaluation; one thread, which does not hold the lane.
class Profiler {
 public:
  Profiler(const Machine& machine, const Lane& lane, const TaskContext& context,
           const Roofs& roofs)
      : machine_(machine), lane_(lane), context_(context), roofs_(roofs) {}

  // Sets evaluation->profile and its phase. What cannot be seen is a line of
  // the profile.
  void Run(const ProfileSubject& subject, Evaluation* evaluation) const;

 private:
  Observation Observe(const ProfileSubject& subject) const;
  // Sets the compiler's remarks; returns its listing, if there is one.
  std::string AskCompiler(const ProfileSubject& subject,
                          Profile* profile) const;
  void ReadLoops(const ProfileSubject& subject, const Observation& observation,
                 const std::string& listing, Profile* profile) const;

  const Machine& machine_;
  const Lane& lane_;
  const TaskContext& context_;
  const Roofs& roofs_;
};

}  // namespace kernelevolve::worker
