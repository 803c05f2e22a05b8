// Held-out shapes: points of a task's domain that a candidate never saw listed;
// and cuts, which stand for a listed shape where that is too large.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/task.h"

namespace kernelevolve::worker {

struct ShapeLimits {
  int64_t elements = 1 << 15;  // of all tensors together
  double flops = 3e6;          // by the task's cost, if it states one
};

// `count` shapes drawn with `seed`. The first has extents from anywhere in the
// domain. Those of the others are spread over each dim's orders of magnitude (a
// Latin hypercube on a logarithmic scale): the lower end of such a part, a power of
// two, one beside a power of two, a prime, or anything in it. Large draws are shrunk
// until the limits hold, but not along the dim that is at its largest. Every other
// one has attributes of its own: those with a range are any of it; of the others
// those that are no whole numbers are made smaller, so that a probability stays one
// and no sign changes. Shapes that equal a listed one or each other are left out, so fewer may
// come back.
std::vector<ShapeCase> DrawHeldOutShapes(const Task& task, uint64_t seed, int count,
                                         const ShapeLimits& limits);

// Each dim at its lower end, and one that has many at a length from every eight up to 128: what
// is wrong for the lengths between two of a kernel's own, as tails of vectors are, is met.
std::vector<ShapeCase> DrawNarrowShapes(const Task& task, uint64_t seed,
                                        const ShapeLimits& limits);

// The same dims with other attributes, the task's own if `shape` has others: what is kept
// by shape, and made of attributes, is wrong at one of the two. None where a task has no
// attributes that may differ.
std::optional<ShapeCase> WithOtherAttributes(const Task& task, ShapeCase shape,
                                             uint64_t seed);

// A shape whose rows, the last axes of the inputs at `rows_of`, have a few
// elements, and which has as many rows as the limits allow. None where no dim is
// left for the rows, or the shape is a listed one.
std::optional<ShapeCase> DrawShortRows(const Task& task,
                                       const std::vector<size_t>& rows_of,
                                       uint64_t seed, const ShapeLimits& limits);

// How long a dim is that a kernel may go about in another way.
constexpr int64_t kLongDim = 128;

enum class Attributes { kDefault, kFarthest };  // the latter: at the end of a range

// For each dim that can be so long: a shape with that dim at the upper end of the
// domain, and the others as small as the limits ask for.
std::vector<ShapeCase> DrawLongDims(const Task& task, const ShapeLimits& limits,
                                    Attributes attributes = Attributes::kDefault);

// Each dim one short of a multiple of 64, 16 or 4, the largest of these that is no
// longer: where the rest of whole vectors, tiles and unrolled loops is largest. Dims
// of `shape` that are shorter than 4 become 3, at the cost of the longest. None where
// the domain has no such shape.
std::optional<ShapeCase> RaggedFrom(const Task& task, ShapeCase shape,
                                    const ShapeLimits& limits);

// Shapes in which a dim, or several, are at the upper end of the domain, as far as
// the limits allow, beyond what any of `listed` has; attributes with a range are at
// its end, too. Counters and offsets that are too narrow show there alone. All
// that reach what 16 bits do not hold, and `count` of the others; and one at what 16
// bits just do not hold, if a dim can be longer.
std::vector<ShapeCase> DrawFarShapes(const Task& task,
                                     const std::vector<ShapeCase>& listed,
                                     uint64_t seed, size_t count,
                                     const ShapeLimits& limits);

// Shapes with two dims at the upper end of the domain, which no listed one has both of:
// what is decided by, or packed of, two extents together shows in none where one of them
// is small. Others are as small as the limits ask for. `count` of them, by the seed, those
// of two dims of 16 and more first.
std::vector<ShapeCase> DrawFarPairs(const Task& task,
                                    const std::vector<ShapeCase>& listed, uint64_t seed,
                                    size_t count, const ShapeLimits& limits);

// How much of every dim a shape has: rows of one element are many and say little.
double Breadth(const ShapeCase& shape);

// A shape as large as the domain has, less a few in each dim: a path for sizes that no
// other shape reaches is met there, and what it leaves over. Attributes with a range
// are at its end. None where all of several draws are too large, listed, or no shapes
// of the task.
std::optional<ShapeCase> DrawLargest(const Task& task, uint64_t seed,
                                     const ShapeLimits& limits);

// Whether one has the same extents.
bool IsAmong(const std::vector<ShapeCase>& shapes, const ShapeCase& shape);

// The shape itself where the limits hold, if the task permits it; else, for each dim, the
// shape with that dim as it is and the others halved until they do, the largest first. What goes
// along one dim alone, a row's sum say, is as long in one of them as in the whole.
std::vector<ShapeCase> CutsOf(const Task& task, const ShapeCase& shape,
                              const ShapeLimits& limits);

}  // namespace kernelevolve::worker
