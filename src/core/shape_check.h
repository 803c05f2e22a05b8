// Whether a task makes sense at one binding of its dims: every extent
// evaluates and is large enough, every generator's arguments fit. The parser
// asks this of the shapes in the file, the judge of the held-out shapes it
// draws from the domain (and draws again where the answer is no).
#pragma once

#include <string>
#include <vector>

#include "core/task.h"

namespace kernelevolve {

struct ShapeProblem {
  std::string key;  // "inputs[0].shape[1]"
  std::string found;
  std::string expected;
};

// No tensor may take more bytes than this.
inline constexpr int64_t kMaxTensorBytes = int64_t{1} << 40;

// Empty if all is well. `least_extent` is 1 for a shape of the file; a held-out
// shape may have an extent of 0 where the domain contains 0.
std::vector<ShapeProblem> ShapeProblems(const Task& task,
                                        const ShapeCase& shape,
                                        int64_t least_extent = 1);

// The same for one tensor; `path` is "inputs[0]" or "outputs[2]".
std::vector<ShapeProblem> TensorProblems(const TensorSpec& tensor,
                                         bool is_input, const std::string& path,
                                         const ShapeCase& shape,
                                         int64_t least_extent = 1);

}  // namespace kernelevolve
