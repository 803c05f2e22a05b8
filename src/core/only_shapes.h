// A task cut down to some of its shapes. It is a task of its own: the choice
// stands in its task.toml, so it has another digest, and travels and is kept
// with it wherever the task goes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "core/task.h"

namespace kernelevolve {

// `names`, in any order, of shapes meant for the kind of device; empty: the task
// as it is. kBadInput lists the names where one is none of them, and where the
// task's own file has chosen others already.
Result<Task> OnlyShapes(const Task& task, const std::vector<std::string>& names,
                        const std::string& device_kind);

// "at shape square alone: 2 more of the task were left out"; "" where none was.
std::string OnlyShapesNote(const Task& task);

}  // namespace kernelevolve
