// What a recorder answers, read as what it is: the words of a process that ran
// a candidate's code. All languages' recorders answer alike.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "core/launch_plan.h"
#include "worker/cubin/kernel_facts.h"
#include "worker/run/failure.h"

namespace kernelevolve::worker {

struct RecordedKernel {
  LaunchPlan plan;
  // Of every kernel of every module, in order; `module` says whose.
  std::vector<KernelFacts> facts;
  std::string log;  // remarks, and what the program printed
};

// The check's name where a recorder says that host code may do on a device what
// no plan can hold.
inline constexpr const char* kNoPlanCheck = "no_plan";

// The recorder's failure, or the plan, checked for what can be checked without
// the shapes: each launch names a kernel that is in its module, with parameters
// as its image wants them; streams hang together. A reply that is no such thing
// is RESULT_FORGERY: no recorder of ours writes it by itself.
Verdictless ReadRecordReply(const Json& reply, RecordedKernel* out);

}  // namespace kernelevolve::worker
