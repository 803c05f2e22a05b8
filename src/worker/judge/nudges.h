// Calls whose inputs differ in a single element, and whose answers show it.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/task.h"
#include "worker/judge/comparison.h"
#include "worker/judge/input_case.h"

namespace kernelevolve::worker {

using AnswerOf =
    std::function<Result<std::shared_ptr<const Expected>>(const InputCase&)>;

// At the two of `shapes` with the most elements to change in every input, one after the
// other: a case of declared inputs (`nudged_elements` is 0), and then the same with one
// element of one input changed, every input in turn, until a few of these have been
// found of each. A change that the answer does not show (of an element that is cut off,
// of a row that is scaled to one) is left out: a kernel that remembers would be right.
// Then, of the first shape, such changes of constant inputs: their cases are prepared
// anew (`nudged_elements` is 0). Empty for a task without an element to change.
Result<std::vector<InputCase>> TellingNudges(const Task& task,
                                             std::vector<ShapeCase> shapes,
                                             const AnswerOf& answer_of);

}  // namespace kernelevolve::worker
