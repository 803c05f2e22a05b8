// Rows whose largest values stand a power of two apart. Where lanes or threads share
// out a row, one of them has them all, and may have kept room for fewer.
#pragma once

#include <cstdint>
#include <vector>

#include "core/task.h"

namespace kernelevolve::worker {

// In each row of `row` values, or as many rows as are long enough: one, two or four
// neighbours in every 32, 64, ... or 1024, so that there are eight and more, become larger than
// all others. Of normal draws by three deviations and more; uniform ones stay in their
// interval. Others are left as they are.
void StrideRows(const ValueSpec& spec, const std::vector<double>& arguments, int64_t row,
                uint64_t seed, std::vector<double>& values);

}  // namespace kernelevolve::worker
