// Rows with NaN and infinities, each row with one kind of them: where all kinds
// meet, every sum is NaN, and neither a lost infinity nor its sign shows.
#pragma once

#include <cstdint>
#include <vector>

#include "core/task.h"
#include "worker/judge/input_case.h"

namespace kernelevolve::worker {

// A NaN of either sign: x86 makes negative ones, and who compares bits takes those for
// small numbers.
double AnyNan(uint64_t bits);

// The inputs that get such rows, one of them in each case: drawn from a normal
// distribution, anew for every call.
std::vector<size_t> SpecialInputs(const Task& task);

// What the deviation of input `index` is multiplied by. 1, but for the offset of the
// first two such inputs, which is three times as far from their mean and on the other
// side of it in the second: scores made of their products are as a rule below -10000, and
// whoever begins with something else than minus infinity is found.
double OffsetFactor(const Task& task, const InputCase& input_case, size_t index);

// Whether input `index` gets them in this case.
bool HasSpecialRows(const Task& task, const InputCase& input_case, size_t index);

// Whether two tensors have the same shape, as far as the expressions tell.
bool HaveSameExtents(const TensorSpec& a, const TensorSpec& b);

// How many elements of an input lie along its last axis.
int64_t RowLength(const TensorSpec& tensor, const ShapeCase& shape);

// Puts non-finite numbers into whole rows of `row` values. Some hundred values
// at a time have the same kind (+inf, -inf, both, NaN) as densely: many in a
// row, few, or one in each, which is the row's last value every other time.
void PlantSpecials(std::vector<double>& values, int64_t row, uint64_t seed);

// Whether `index` is another floating input than the one that has such rows. A
// quarter of its columns are zero then: zero times infinity is no number, and who
// leaves out what is multiplied by zero loses it.
bool MeetsSpecialRows(const Task& task, const InputCase& input_case, size_t index);
void PlantZeroColumns(std::vector<double>& values, int64_t row, uint64_t seed);

// Trials that differ by this many times the special inputs are of one kind.
inline constexpr int64_t kTrialKinds = 3;

// The same input's other trial, in which no two of them stand in one row or in one
// column, so that a sum along either meets a single one; and a third of the rows and
// more of the columns of other inputs are zero.
int64_t LoneTrial(const Task& task, int64_t trial);
bool IsLoneTrial(const Task& task, const InputCase& input_case);
// And a third, in which the other inputs are zero everywhere: who leaves out zeros by
// the tile finds such tiles at every size.
int64_t BareTrial(const Task& task, int64_t trial);
bool IsBareTrial(const Task& task, const InputCase& input_case);
void PlantLoneSpecials(std::vector<double>& values, int64_t row, uint64_t seed);
void PlantZeroRows(std::vector<double>& values, int64_t row, uint64_t seed);

}  // namespace kernelevolve::worker
