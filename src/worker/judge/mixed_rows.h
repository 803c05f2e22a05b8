// Rows that differ in size: what is right for numbers around one is often wrong for
// a row around -80, for one that is constant but for a few places, or where
// something huge is multiplied by zero. Elsewhere a whole tensor is of one size.
#pragma once

#include <cstdint>
#include <vector>

#include "core/task.h"
#include "worker/judge/input_case.h"

namespace kernelevolve::worker {

struct NormalSpec {
  double mean = 0, deviation = 1;
};

// Rows that are there in any case, if there is room for them.
struct AskedRows {
  // Of six rows and more some have about each of these as their deviation, and no
  // mean of their own.
  std::vector<double> spreads;
  // Of twelve and more one lies 20000 deviations below zero everywhere; not in half
  // precision. Plain code of a norm is far off there: other rows are held to little.
  bool lowest = false;
  // Of twelve and more three, of four and more one, have one value whose exponential is
  // about as large as all others together: who leaves out what is small leaves out much.
  // Of twelve and more another is so high everywhere that exponentials overflow
  // together, though none does by itself; not in half precision.
  bool outweighed = false;
  // Of fewer than four one, instead of what it else would be.
  bool outweighed_of_few = false;
};

// Gives each row of `row` values its own magnitude, 2^-10 to 2^6 deviations, and every
// other one its own mean of up to 128. One in four, and of several rows one in any
// case, has one value, but for up to three places; of several rows another one in any
// case has its largest around -100, where exponentials lose their bits. In half
// precision and less 4 deviations are the most of either. `values` are draws of
// normal(mean, deviation). Returns the first elements of the rows that would be nothing
// special at another size: the one around -100, and a crowded one.
std::vector<int64_t> MixRows(std::vector<double>& values, int64_t row, NormalSpec normal,
                DType dtype, uint64_t seed, const AskedRows& asked = {});

// Whether each row of the only such input makes a row of output, as far as shapes
// tell.
bool StayApart(const Task& task);

// Those at which a small attribute weighs as much as a mean square that it is added
// to: who treats it as a bound, or leaves it out, is off by most there.
std::vector<double> SpreadsOfAttributes(const Task& task, const ShapeCase& shape);

// Makes a quarter of the slices along the first axis, of `extent`, 2^20 times smaller
// than the others: what is summed up with nothing larger shows how small a number
// a format holds; but not the slices of the elements `kept`.
// Nothing where the dtype itself holds none so small.
void ShrinkSlices(std::vector<double>& values, int64_t extent, DType dtype,
                  uint64_t seed, const std::vector<int64_t>& kept = {});

// What input `index` of a kMixedRows case has besides: columns of zeros in one
// input, and in the others what is huge at the same indices, along the rows or the
// columns by turns, so that products of the two vanish.
enum class MixedPart { kNothing, kZeroColumns, kHugeRows, kHugeColumns };
MixedPart MixedPartOf(const Task& task, const InputCase& input_case, size_t index);
// `common_seed` is that of all inputs of a case.
void PlantMixedPart(std::vector<double>& values, int64_t row, MixedPart part,
                    DType dtype, uint64_t common_seed);

// How many `trial`s of such a case differ.
int64_t MixedTrials(const Task& task);

// Where all inputs are wild the weights of a sum are one or nothing. In a kUneven
// case they are of every size and what they weigh is, too: who leaves out what has
// a small weight leaves out what is large; and a number format that holds none so
// large shows. One input, by the trial, has uneven rows; where neither another one nor
// a constant weighs them there are no trials.
int64_t UnevenTrials(const Task& task);
bool HasUnevenRows(const Task& task, const InputCase& input_case, size_t index);
// One row in 64 times 2^12 to 2^20, and always one times 2^20; at most 2^4 in half
// precision and less.
void EnlargeRows(std::vector<double>& values, int64_t row, double mean, DType dtype,
                 uint64_t seed);
// The others: each row three to six times as far from its mean.
void Spread(std::vector<double>& values, int64_t row, double mean, uint64_t seed);

}  // namespace kernelevolve::worker
