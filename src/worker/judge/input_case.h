// InputCase: names one set of inputs, so that it can be drawn again bit for bit
// on any machine from the stage's secret.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/task.h"

namespace kernelevolve::worker {

// Structurally different ways to fill inputs (judge.md 2.2), said for numbers of a
// normal distribution; what others make of them stands in draw_*.cc. Declared
// ranges, orders and integer bounds are never left.
enum class InputFamily {
  kDeclared,       // what the task says
  kStructured,     // a short repeating pattern of both signs, in each row from elsewhere
  kCancelling,     // neighbours that nearly cancel around a large mean
  kLarge,          // times 64
  kTiny,           // times 1e-3
  kSparse,         // three in four exactly zero, signed zeros among them
  kSmallIntegers,  // -2 … 2: partial sums are exact
  kOutlier,        // one huge value in every 97
  kOffset,         // a mean beside which the spread is small
  kAllEqual,
  kAscending,      // the declared draws, sorted over the whole tensor
  kDescending,
  kSpecial,        // NaN and both infinities here and there
  kSpecialRows,    // in one input, each row with one kind of them
  kMixedRows,      // each row of another size
  kUneven,         // in one input a few rows far larger, in the others none
  kAligned,        // all rows of one input point where one row of another does
  kTies,           // values that stand in several places, and next to them
  kPatchy,         // stretches that are full, and ones where a few values stand alone
  kStrided,        // the largest stand a power of two apart: one lane's share has all
  kRising,         // sizes rise along each row, or fall, by many orders of magnitude
};
std::string FamilyName(InputFamily family);
// Whether there may be NaN and infinities among the inputs.
bool HasSpecials(InputFamily family);

struct InputCase {
  ShapeCase shape;
  InputFamily family = InputFamily::kDeclared;
  int64_t trial = 0;  // at kSpecialRows, also which input has them, and what others do
  // Constant inputs keep their values over the trials of one preparation.
  int64_t constant_trial = 0;
  // After drawing, this many elements of one non-constant floating input are
  // changed; which input, which elements and how depends on `nudge_trial`.
  int nudged_elements = 0;
  int64_t nudge_trial = 0;
  // As many of one constant input, for another preparation at the same addresses.
  int nudged_constants = 0;
  bool IsNudged() const { return nudged_elements > 0 || nudged_constants > 0; }

  // Unambiguous text: the message of the seed derivation and of cache keys.
  std::string Key() const;
};

struct InputSet {
  std::vector<std::vector<uint8_t>> tensors;  // raw, in the declared dtypes
};

// Whether there is an element of it that a nudge may change: of an input that is
// drawn for every call, or of a constant one.
bool CanNudge(const TensorSpec& spec);
bool CanNudgeConstant(const TensorSpec& spec);

// Draws every input of a case. Seeds are HMAC(secret, task digest, case, input).
// Thread-safe.
class InputGenerator {
 public:
  InputGenerator(const Task& task, std::string secret);
  InputSet Draw(const InputCase& input_case) const;
  std::vector<uint8_t> DrawOne(const InputCase& input_case, size_t index) const;

 private:
  // What the families with a structure of their own make of plain draws of an input.
  void Structure(const InputCase& input_case, size_t index,
                 const std::vector<double>& arguments, uint64_t seed,
                 std::vector<double>& values) const;
  void Mix(const InputCase& input_case, size_t index,
           const std::vector<double>& arguments, uint64_t seed,
           std::vector<double>& values) const;
  void MakeUneven(const InputCase& input_case, size_t index,
                  const std::vector<double>& arguments, uint64_t seed,
                  std::vector<double>& values) const;
  void Tie(const InputCase& input_case, size_t index,
           const std::vector<double>& arguments, uint64_t seed,
           std::vector<double>& values) const;

  // The same for all inputs of a case.
  uint64_t CommonSeed(const InputCase& input_case) const;

  const Task* task_;
  std::string secret_;
  std::string task_digest_;
};

}  // namespace kernelevolve::worker
