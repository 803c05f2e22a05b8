// What plain code of a contract's precision errs at a shape, where sums are taken
// one term after the other: an order that many honest kernels have, and no
// library. The ratio test grants it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "worker/judge/oracle.h"

namespace kernelevolve::worker {

// Relative to max(|r|, root mean square of all r), as in a Comparison.
struct PlainError {
  double max = 0, rms = 0;

  void Widen(const PlainError& other);
};

// Of each output, by the task's reference in plain float on the CPU, at the shape
// or, if that is large, at its cuts. Zero where the reference says nothing:
// integers, and tasks that are not all float.
Result<std::vector<PlainError>> SerialErrors(const Task& task, Oracle& oracle,
                                             const ShapeCase& shape);

// What products in `precision` ("tf32") err, whose factors are cut to ten bits of
// mantissa: beside them a library that took no such product is no measure. Zero for
// any other.
PlainError ProductErrors(const std::string& precision);

// The same guessed, for a task without such a reference: a sum as long as the
// longest extent of any tensor. Zero for dtypes that nobody adds up in.
std::vector<PlainError> GuessSerialErrors(const Task& task,
                                          const ShapeCase& shape);

}  // namespace kernelevolve::worker
