// RowDraw: what differs from call to call of a row, drawn from the stage's secret,
// so that a kernel that counts its calls cannot know which of them are looked at
// how.
#pragma once

#include <string_view>

#include "base/random.h"

namespace kernelevolve::worker {

// One for each row. One thread.
class RowDraw {
 public:
  // `label` tells the rows of one stage apart.
  RowDraw(std::string_view secret, std::string_view label);

  // About `calls`: 70 % to 130 % of them, at least one.
  int Length(int calls);
  // Whether the next call finds what the one before has left, as in a program that
  // uses its buffers again. False at first, then in stretches: long ones of calls
  // over old contents, whose workspace can count, short ones of others.
  bool OverOld();
  // For whatever else is to differ.
  uint64_t Seed() { return random_.Next(); }
  bool Coin() { return random_.Below(2) == 1; }

 private:
  Random random_;
  bool over_old_ = true;  // so that the first stretch is of the other kind
  int left_ = 0;          // calls in the present stretch
};

}  // namespace kernelevolve::worker
