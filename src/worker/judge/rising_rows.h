// Rows whose values rise in size, or fall. Who takes a sum from its other end, or the sum
// of one part as the difference of two, loses what is small beside what comes later.
#pragma once

#include <cstdint>
#include <vector>

#include "core/task.h"

namespace kernelevolve::worker {

// How many trials of a kRising case differ: two where an input is a single row, which
// either rises or falls; none without normal inputs.
int64_t RisingTrials(const Task& task);

// In each row of `row` values deviations from the mean become 2^-20 to 2^20 times what
// they were, from one end to the other, in every other row the other way. In 16 bits and
// fewer none becomes larger; but for bfloat16 none smaller than by 2^-8 there. Values that are not normal are left as they are.
void RiseRows(const TensorSpec& spec, const std::vector<double>& arguments, int64_t row,
              int64_t trial, std::vector<double>& values);

}  // namespace kernelevolve::worker
