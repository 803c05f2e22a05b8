// OpenPairs: which numbers a kernel may write where a reference has which. NaN and
// infinities are not always the formula's: a library's kernel may make NaN of a
// whole row with one infinity. Where a task's two references do not agree, a
// kernel may follow either, and everything else is held against it.
#pragma once

#include <cstdint>

#include "worker/judge/comparison.h"
#include "worker/judge/input_case.h"

namespace kernelevolve::worker::gpu {

// Of one output; a value. Equal numbers need no pair.
class OpenPairs {
 public:
  // Anything may stand where a reference has NaN or an infinity.
  static OpenPairs Lenient();

  void Open(NumberClass right, NumberClass got) { bits_ |= Bit(right, got); }
  void Open(OpenPairs others) { bits_ |= others.bits_; }
  bool IsOpen(NumberClass right, NumberClass got) const {
    return (bits_ & Bit(right, got)) != 0;
  }
  bool empty() const { return bits_ == 0; }
  // As ke_compare of judge_kernels.cu takes them.
  uint32_t bits() const { return bits_; }

 private:
  static uint32_t Bit(NumberClass right, NumberClass got) {
    return 1u << (4 * static_cast<int>(right) + static_cast<int>(got));
  }

  uint32_t bits_ = 0;
};

// What the task itself leaves open: anything where a reference has NaN or an infinity,
// and these in other places, too, where they stand among the inputs.
OpenPairs OpenByTask(const TensorSpec& output, InputFamily inputs);

// What the references dispute about in an answer of both. Who knows the second's
// alone, at other shapes, must let a kernel do there what the first does here.
// Integers are of one class, finite: they are open as a whole or not at all.
OpenPairs PairsOf(const ExpectedOutput& both);

}  // namespace kernelevolve::worker::gpu
