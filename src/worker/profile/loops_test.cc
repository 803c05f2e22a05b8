#include "worker/profile/loops.h"

#include <gtest/gtest.h>

#include "base/format.h"

namespace kernelevolve::worker {
namespace {

using Indices = std::vector<size_t>;

// Each instruction is at 0x1000 + its index: "jne 2" jumps to instruction 2.
LoopNest Find(const std::vector<std::string>& code) {
  std::string text = "0000000000001000 <f>:\n";
  for (size_t i = 0; i < code.size(); ++i) {
    const size_t blank = code[i].find(' ');
    std::string line = code[i];
    if (line[0] == 'j' && line.find('*') == line.npos)
      line = format("{} {:x} <f+0x1>", line.substr(0, blank),
                    0x1000 + std::stoul(line.substr(blank + 1)));
    text += format("    {:x}:\t{}\n", 0x1000 + i, line);
  }
  return FindLoops(ReadDisassembly(text).at(0));
}

TEST(FindLoops, None) {
  const LoopNest nest = Find({"nop", "je 3", "nop", "ret"});
  EXPECT_TRUE(nest.innermost.empty());
  EXPECT_EQ(nest.depth, (std::vector<int>{0, 0, 0, 0}));
}

TEST(FindLoops, OneOfOneBlock) {
  const LoopNest nest = Find({"nop", "nop", "jne 1", "ret"});
  ASSERT_EQ(nest.innermost.size(), 1u);
  EXPECT_EQ(nest.innermost[0], (Indices{1, 2}));
  EXPECT_EQ(nest.depth, (std::vector<int>{0, 1, 1, 0}));
}

TEST(FindLoops, OnlyTheInnerOfTwo) {
  //                            1: outer      2: inner          4: latch
  const LoopNest nest =
      Find({"nop", "nop", "nop", "jne 2", "nop", "jne 1", "ret"});
  ASSERT_EQ(nest.innermost.size(), 1u);
  EXPECT_EQ(nest.innermost[0], (Indices{2, 3}));
  EXPECT_EQ(nest.depth, (std::vector<int>{0, 1, 2, 2, 1, 1, 0}));
}

TEST(FindLoops, ContinueIsNoSecondLoop) {
  const LoopNest nest = Find({"nop", "nop", "je 1", "nop", "jne 1", "ret"});
  ASSERT_EQ(nest.innermost.size(), 1u);
  EXPECT_EQ(nest.innermost[0], (Indices{1, 2, 3, 4}));
  EXPECT_EQ(nest.depth[3], 1);
}

TEST(FindLoops, ABranchWithinBelongsToIt) {
  const LoopNest nest = Find({"nop", "je 3", "nop", "nop", "jne 0", "ret"});
  ASSERT_EQ(nest.innermost.size(), 1u);
  EXPECT_EQ(nest.innermost[0], (Indices{0, 1, 2, 3, 4}));
}

TEST(FindLoops, CodeMovedOutOfTheWayMakesNone) {
  // 4 is a rare case of the straight path: it jumps back, but not in a circle.
  const LoopNest nest = Find({"je 4", "nop", "nop", "ret", "nop", "jmp 1"});
  EXPECT_TRUE(nest.innermost.empty());
}

TEST(FindLoops, ALoopEnteredInTheMiddle) {
  // jmp to the condition, as compilers rotate loops: its head is the condition.
  const LoopNest nest = Find({"jmp 3", "nop", "nop", "nop", "jne 1", "ret"});
  ASSERT_EQ(nest.innermost.size(), 1u);
  EXPECT_EQ(nest.innermost[0], (Indices{1, 2, 3, 4}));
}

TEST(FindLoops, WhatOnlyIndirectJumpsReachHasItsLoopsToo) {
  const LoopNest nest = Find({"notrack jmp *%rax", "nop", "jne 1", "ret"});
  ASSERT_EQ(nest.innermost.size(), 1u);
  EXPECT_EQ(nest.innermost[0], (Indices{1, 2}));
}

TEST(FindLoops, PaddingIsNoWayIntoALoop) {
  // The gap behind the ret falls through to 5, which is inside the loop of 0.
  const LoopNest nest =
      Find({"je 5", "jne 0", "ret", "nop", "xchg %ax,%ax", "nop", "jmp 1"});
  ASSERT_EQ(nest.innermost.size(), 1u);
  EXPECT_EQ(nest.innermost[0], (Indices{0, 1, 5, 6}));
}

TEST(FindLoops, ALoopEnteredAtTwoPlacesIsOne) {
  // As where the first test of a condition is known beforehand.
  const LoopNest nest = Find({"je 3", "nop", "nop", "nop", "jne 1", "ret"});
  ASSERT_EQ(nest.innermost.size(), 1u);
  EXPECT_EQ(nest.innermost[0], (Indices{1, 2, 3, 4}));
}

TEST(FindLoops, NothingToLookAt) {
  EXPECT_TRUE(FindLoops({}).innermost.empty());
}

TEST(FindLoops, ManyNestedLoopsEndInTime) {
  std::vector<std::string> code;
  for (int i = 0; i < 1500; ++i) code.push_back("nop");
  for (int i = 1499; i >= 0; --i) code.push_back(format("jne {}", i));
  EXPECT_EQ(Find(code).depth.size(), code.size());
}

}  // namespace
}  // namespace kernelevolve::worker
