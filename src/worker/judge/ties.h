// Values of one input that stand in another as well, or beside it by the last bit,
// and zeros of both signs: what decides by comparing meets ties and near ties, of
// which independent draws have none.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/task.h"

namespace kernelevolve::worker {

// Whether a task decides by comparing floats: it makes whole numbers of them, or in
// reference.py there is an operation that selects some of them, and nothing that asks where
// they stood.
bool DecidesByComparing(const Task& task);

// Whether a task's indices must be right at `shape` where many values of a row are
// equal: 64-bit outputs, as PyTorch's indices are, of floats that kSmallIntegers makes
// whole or quarters of whole, so that sums are exact in any order; in reference.py an
// operation whose index is the first among equals, and none whose index PyTorch leaves
// open.
bool TiesHaveOneAnswer(const Task& task, const ShapeCase& shape);

// The input of which `index` takes values: the first of its kind, which may be
// itself. Nothing where no value may be repeated or moved.
std::optional<size_t> TiedTo(const Task& task, size_t index);

// A quarter of a pool of values to be tied, 2^8 to 2^23 times smaller: near ties of
// small numbers are nearer than any unit of fixed point.
void ShrinkSome(std::vector<double>& pool, uint64_t seed);

// More than half of `values`, which are of `dtype` and lie in [low, high], become one of the
// first few values of `pool`, or the next above or below, or one of those that lie closest
// below its largest, so that more of them agree in all but the last bits than a row has
// places for; one in sixteen a zero of either sign, where that lies within.
void PlantTies(std::vector<double>& values, const std::vector<double>& pool,
               DType dtype, double low, double high, uint64_t seed);

}  // namespace kernelevolve::worker
