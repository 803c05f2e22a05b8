#include "worker/profile/instruction_mix.h"

#include <gtest/gtest.h>

#include "base/format.h"

namespace kernelevolve::worker {
namespace {

InstructionMix Count(const std::string& code, bool frame_pointer = false) {
  const std::string text = "0000000000001100 <f>:\n    1100:\t" + code + "\n";
  InstructionMix mix;
  for (const Function& function : ReadDisassembly(text))
    for (const Instruction& instruction : function.instructions)
      CountInstruction(instruction, frame_pointer, &mix);
  return mix;
}

struct Case {
  const char* code;
  InstructionMix mix;  // beside `instructions`, which is 1
};

TEST(CountInstruction, WhatEachCounts) {
  const Case cases[] = {
      {"add    $0x40,%rax", {}},
      {"vaddps %zmm1,%zmm2,%zmm3", {.vector512 = 1}},
      {"vfmadd231ps (%rax),%zmm1,%zmm0",
       {.vector512 = 1, .fma = 1, .loads = 1}},
      {"vmovups %ymm0,(%rdi,%rax,4)", {.vector256 = 1, .stores = 1}},
      {"vmovntps %ymm0,(%rdi)", {.vector256 = 1, .stores = 1, .streams = 1}},
      {"movaps (%rsi),%xmm1", {.vector128 = 1, .loads = 1}},
      {"vmovdqu (%rsi),%xmm1", {.vector128 = 1, .loads = 1}},
      {"mulps  %xmm1,%xmm0", {.vector128 = 1}},
      {"vmulss (%rdi),%xmm1,%xmm0", {.scalar_fp = 1, .loads = 1}},
      {"vfnmadd132sd %xmm2,%xmm1,%xmm0", {.scalar_fp = 1, .fma = 1}},
      {"vmovss %xmm0,(%rdi)", {.stores = 1}},
      {"vmovd  %eax,%xmm0", {}},
      {"vpabsd %xmm0,%xmm1", {.vector128 = 1}},
      {"vdivps %ymm1,%ymm2,%ymm3", {.vector256 = 1, .divides = 1}},
      {"vsqrtss %xmm1,%xmm1,%xmm2", {.scalar_fp = 1, .divides = 1}},
      {"idivl  (%rax)", {.divides = 1, .loads = 1}},
      {"vgatherdps (%rax,%zmm1,4),%zmm2{%k1}", {.vector512 = 1, .gathers = 1}},
      {"vpermilps $0x1,%ymm1,%ymm2", {.vector256 = 1, .shuffles = 1}},
      {"vextractf128 $0x1,%ymm0,%xmm1", {.vector256 = 1, .shuffles = 1}},
      {"vbroadcastss %xmm1,%zmm0", {.vector512 = 1, .shuffles = 1}},
      {"vbroadcastss (%rax),%zmm0", {.vector512 = 1, .loads = 1}},
      {"vmulps (%rax){1to16},%zmm1,%zmm0", {.vector512 = 1, .loads = 1}},
      {"prefetcht0 0x40(%rax)", {}},
      {"lea    0x8(%rax,%rcx,4),%rdx", {}},
      {"addl   $0x1,(%rax)", {.loads = 1, .stores = 1}},
      {"cmpl   $0x1,(%rax)", {.loads = 1}},
      {"vmovaps %zmm5,0x40(%rsp)", {.vector512 = 1, .stores = 1, .spills = 1}},
      {"vmulps 0x40(%rsp),%zmm1,%zmm0",
       {.vector512 = 1, .loads = 1, .spills = 1}},
      {"vmovss 0x40(%rsp,%rax,4),%xmm0", {.loads = 1}},
      {"mov    -0x8(%rbp),%rax", {.loads = 1}},
      {"call   1030 <expf@plt>", {.calls = 1}},
      {"call   *0x18(%rax)", {.calls = 1}},
      {"jne    1100 <f>", {}},
  };
  for (Case one : cases) {
    one.mix.instructions = 1;
    EXPECT_EQ(Count(one.code), one.mix) << one.code;
  }
  EXPECT_EQ(Count("nopw   0x0(%rax,%rax,1)"), InstructionMix());
}

TEST(CountInstruction, TheFrameIsTheStackToo) {
  EXPECT_EQ(Count("mov    -0x8(%rbp),%rax", true).spills, 1);
}

TEST(HasFramePointer, OnlyWhereThePrologueMakesOne) {
  const auto has = [](const std::string& code) {
    const std::string text = "0000000000001100 <f>:\n" + code;
    return HasFramePointer(ReadDisassembly(text).at(0));
  };
  EXPECT_TRUE(has("    1100:\tpush   %rbp\n    1101:\tmov    %rsp,%rbp\n"));
  EXPECT_FALSE(has("    1100:\tpush   %rbp\n    1101:\tmov    %rsi,%rbp\n"));
  EXPECT_FALSE(has(""));
}

}  // namespace
}  // namespace kernelevolve::worker
