// A stored result as something that can be judged: its kernel, task and target,
// found again and held to be the same.
#pragma once

#include "core/target.h"
#include "engine/verify/find_stored.h"

namespace kernelevolve {

struct Subject {
  Task task;
  Candidate candidate;
};

// The target, without a look at files. kBadInput: the result does not say enough
// to be judged again or to be held against (what is missing is named), or checks
// were off; kMissing: nothing here knows the target.
Result<Target> TargetOf(const StoredResult& result, const fs::path& data);

// Paths that the result names are looked for from its file's folder upwards and
// in the working folder. kBadInput: the kernel is not there or another one, or
// the task is gone; a file of an export was changed (named). A task that was
// changed is given as it is now: its digest says so.
Result<Subject> LoadSubject(const FoundResult& found, const Target& target,
                            const fs::path& data, const StopCondition& stop);

}  // namespace kernelevolve
