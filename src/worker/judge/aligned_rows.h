// Rows that point where one row of another input does. Where scores are made of such
// products, as attention makes them, one key then outweighs hundreds that are alike
// and faint: together they weigh as much, and who leaves out what is small beside the
// largest leaves out most of the sum.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/task.h"
#include "worker/judge/input_case.h"
#include "worker/judge/mixed_rows.h"

namespace kernelevolve::worker {

// How many trials of a kAligned case differ: none without two inputs, drawn from a
// normal distribution, of the same extents along at least two axes.
int64_t AlignedTrials(const Task& task);

// A further trial for tasks in which a third input has that shape as well, values beside
// queries and keys, so that scores are made of the first two: all rows of each are alike
// and point in opposite directions. Scores are equal then, and far below what masks add.
// In half precision alone: others are below it with offsets, and there the scores of two
// ways through a row, equal as they are, may differ by percents.
inline constexpr int64_t kOpposedTrial = 2;
bool HasOpposedTrial(const Task& task);

// A small shape with as many rows in those inputs as the domain has, or nearly; none
// without such inputs, or where no dim is long.
std::optional<ShapeCase> DrawAlignedShape(const Task& task);

// Input `index` of a kAligned case, made of its plain draws. In the first of the two all
// rows have one direction and grow from nothing along the last axis but one; the second
// has one such row in each matrix, the first of it or, at odd trials, any. The products,
// over the root of their length, are up to 16; at kOpposedTrial all are -12000.
void AlignRows(const Task& task, const InputCase& input_case, size_t index,
               NormalSpec normal, uint64_t common_seed, std::vector<double>& values);

}  // namespace kernelevolve::worker
