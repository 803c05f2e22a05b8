// What two results of one kernel record differently, told for people.
#pragma once

#include <string>
#include <vector>

#include "core/stored_result.h"

namespace kernelevolve {

// Both are known, and the devices are of one kind: of GPUs the same model
// whatever its driver, of CPUs the same model, cores and extensions.
bool IsSameKind(const MachineRecord& a, const MachineRecord& b);

// Vector extensions (or the architecture) that `then` had and `now` has not;
// "" too where either is not known.
std::string LackingExtensions(const MachineRecord& then,
                              const MachineRecord& now);

// Machine, driver, toolchain, packages, task, panel, stage, judge; of what one
// of the two does not say, nothing.
std::vector<std::string> DifferencesBetween(const StoredResult& then,
                                            const StoredResult& now);

// Which of kernel and baselines is the one whose time moved, by the geometric
// mean over the shapes that both have; "" without any.
std::string MovedText(const Evaluation& then, const Evaluation& now);

}  // namespace kernelevolve
