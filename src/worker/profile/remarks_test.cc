#include "worker/profile/remarks.h"

#include <gtest/gtest.h>

#include "base/format.h"

namespace kernelevolve::worker {
namespace {

using Lines = std::vector<std::string>;

Lines Read(const std::string& text) { return ReadRemarks(text, "kernel.cc"); }

TEST(ReadRemarks, WhatExplainsComesFirst) {
  EXPECT_EQ(
      Read("/ke/build/kernel.cc:30:5: missed: couldn't vectorize loop\n"
           "/ke/build/kernel.cc:31:9: missed: not vectorized: complicated "
           "access pattern.\n"
           "/ke/build/kernel.cc:9:3: missed: statement clobbers memory: _4 = "
           "expf (_3);\n"
           "/ke/build/kernel.cc:40:27: optimized: loop vectorized using 32 "
           "byte vectors\n"
           "/ke/build/kernel.cc:50:2: optimized: basic block part vectorized "
           "using 16 byte vectors\n"),
      (Lines{"kernel.cc:40: loop vectorized using 32 byte vectors",
             "kernel.cc:9: statement clobbers memory: _4 = expf (_3);",
             "kernel.cc:31: not vectorized: complicated access pattern.",
             "kernel.cc:50: basic block part vectorized using 16 byte "
             "vectors"}));
}

TEST(ReadRemarks, OnlyItsOwnLines) {
  EXPECT_EQ(Read("/usr/include/c++/12/bits/stl_algo.h:7:1: missed: not "
                 "vectorized: x\n"
                 "/ke/include/kernelevolve/abi.h:1:1: optimized: loop "
                 "vectorized\n"
                 "/ke/build/my_kernel.cc:1:1: optimized: loop vectorized\n"
                 "kernel.cc: In function 'f':\n"
                 "Unit growth for small function inlining: 1->2 (100%)\n"),
            Lines());
}

TEST(ReadRemarks, PathsAreCutWhereverTheBuildWas) {
  EXPECT_EQ(Read("/tmp/ke-build.abc/kernel.cc:1:1: missed: not vectorized: see "
                 "/tmp/ke-build.abc/kernel.cc:3\n"
                 "kernel.cc:2:1: missed: not vectorized: y\n"),
            (Lines{"kernel.cc:1: not vectorized: see kernel.cc:3",
                   "kernel.cc:2: not vectorized: y"}));
}

TEST(ReadRemarks, EachOnce) {
  EXPECT_EQ(Read("/ke/build/kernel.cc:1:2: missed: not vectorized: x\n"
                 "/ke/build/kernel.cc:1:9: missed: not vectorized: x\n")
                .size(),
            1u);
  EXPECT_EQ(Read("/ke/build/kernel.cc:1:2: missed: statement clobbers memory: "
                 "__builtin_prefetch (_509, 0, 3);\n"
                 "/ke/build/kernel.cc:1:2: missed: statement clobbers memory: "
                 "__builtin_prefetch (_518, 0, 3);\n")
                .size(),
            1u);
}

TEST(ReadRemarks, WhatWorkedLeavesRoomForWhatDidNot) {
  std::string text;
  for (int i = 1; i <= 20; ++i)
    text += format("/ke/build/kernel.cc:{}:1: optimized: loop vectorized\n", i);
  EXPECT_EQ(Read(text).size(), kMostRemarks);
  for (int i = 1; i <= 20; ++i)
    text += format("/ke/build/kernel.cc:{}:1: missed: not vectorized: x\n", i);
  const Lines both = Read(text);
  ASSERT_EQ(both.size(), kMostRemarks);
  EXPECT_EQ(both[5], "kernel.cc:6: loop vectorized");
  EXPECT_EQ(both[6], "kernel.cc:1: not vectorized: x");
  // Three failures take three places.
  const Lines few =
      Read(text.substr(0, text.find("kernel.cc:4:1: missed") - 10));
  ASSERT_EQ(few.size(), kMostRemarks);
  EXPECT_EQ(few[8], "kernel.cc:9: loop vectorized");
  EXPECT_EQ(few[11], "kernel.cc:3: not vectorized: x");
}

TEST(ReadRemarks, HostileTextIsCleanAndShort) {
  const Lines lines = Read(
      "/ke/build/kernel.cc:1:1: missed: not vectorized: \x1b[31m" +
      std::string(5000, 'x') +
      "\n/ke/build/kernel.cc:\n/ke/build/kernel.cc"
      "\n:::\n/ke/build/kernel.cc:99999999999999:1: missed: not vectorized\n");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].find('\x1b'), std::string::npos);
  EXPECT_LE(lines[0].size(), 160u);
}

}  // namespace
}  // namespace kernelevolve::worker
