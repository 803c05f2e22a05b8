#include "worker/profile/disassembly.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

using Operands = std::vector<std::string_view>;

// The head that objdump gives a section, and one function.
Disassembly Read(const std::string& body) {
  static std::string text;
  text =
      "\nkernel.so:     file format elf64-x86-64\n\n\n"
      "Disassembly of section .text:\n\n0000000000001100 <ke_run>:\n" +
      body;
  return ReadDisassembly(text);
}

Instruction ReadOne(const std::string& line) {
  const Disassembly functions = Read(line + "\n");
  EXPECT_EQ(functions.size(), 1u);
  if (functions.empty() || functions[0].instructions.size() != 1) {
    ADD_FAILURE() << line;
    return {};
  }
  return functions[0].instructions[0];
}

TEST(ReadDisassembly, OperandsInOrder) {
  const Instruction load =
      ReadOne("    1104:\tvfmadd231ps 0x40(%rax,%rcx,4),%zmm1,%zmm0{%k1}{z}");
  EXPECT_EQ(load.address, 0x1104u);
  EXPECT_EQ(load.mnemonic, "vfmadd231ps");
  EXPECT_EQ(load.operands,
            (Operands{"0x40(%rax,%rcx,4)", "%zmm1", "%zmm0{%k1}{z}"}));
  EXPECT_FALSE(load.target);
  EXPECT_TRUE(ReadOne("    1104:\tret").operands.empty());
}

TEST(ReadDisassembly, TargetsOfJumpsAndCalls) {
  const Instruction jump = ReadOne("    1104:\tjne    1100 <ke_run>");
  EXPECT_TRUE(jump.is_jump());
  EXPECT_FALSE(jump.ends_path());
  EXPECT_EQ(jump.target, 0x1100u);
  const Instruction call = ReadOne("    1104:\tcall   1030 <expf@plt>");
  EXPECT_TRUE(call.is_call());
  EXPECT_EQ(call.target_name, "expf@plt");
  const Instruction inner =
      ReadOne("    1104:\tjmp    1234 <void f<1, 2>(Row*)+0x10>");
  EXPECT_TRUE(inner.ends_path());
  EXPECT_EQ(inner.target_name, "void f<1, 2>(Row*)");
  const Instruction pointer = ReadOne("    1104:\tnotrack jmp *%rax");
  EXPECT_TRUE(pointer.is_plain_jump());
  EXPECT_FALSE(pointer.target);
}

TEST(ReadDisassembly, WhatARelativeOperandMeans) {
  const Instruction lea = ReadOne(
      "    1104:\tlea    0x2fc1(%rip),%rdi        # 4008 <ke_run._omp_fn.0>");
  EXPECT_EQ(lea.operands, (Operands{"0x2fc1(%rip)", "%rdi"}));
  EXPECT_EQ(lea.target, 0x4008u);
  EXPECT_EQ(lea.target_name, "ke_run._omp_fn.0");
}

TEST(ReadDisassembly, PrefixesAreNoMnemonics) {
  EXPECT_EQ(ReadOne("    1104:\tlock xadd %eax,(%rdx)").mnemonic, "xadd");
  EXPECT_EQ(ReadOne("    1104:\tcs nopw 0x0(%rax,%rax,1)").mnemonic, "nopw");
  EXPECT_EQ(ReadOne("    1104:\t{vex} vpdpbusd %ymm0,%ymm1,%ymm2").mnemonic,
            "vpdpbusd");
}

TEST(ReadDisassembly, NonsenseIsSkipped) {
  const Disassembly functions = Read(
      "    1104:\t(bad)\n    zzzz:\tret\n    1105:\n\x01\xff\n    :\n"
      "        ...\n0000 <x\n    1106:\tret\n");
  ASSERT_EQ(functions.size(), 1u);
  EXPECT_EQ(functions[0].instructions.size(), 1u);
  EXPECT_TRUE(ReadDisassembly("").empty());
  EXPECT_TRUE(ReadDisassembly("    1104:\tret\n").empty()) << "of no function";
}

TEST(ReadDisassembly, LinesOfTheSource) {
  const std::string text =
      "0000000000001100 <f>:\n"
      "f():\n"
      "/ke/build/kernel.cc:12\n"
      "    1100:\tpush   %rbp\n"
      "    1101:\tpush   %rbx\n"
      "/usr/include/immintrin.h:99\n"
      "    1102:\tvaddps %ymm0,%ymm1,%ymm2\n"
      "/ke/build/kernel.cc:14 (discriminator 2)\n"
      "    1103:\tret\n";
  const Disassembly functions = ReadDisassembly(text, "kernel.cc");
  ASSERT_EQ(functions.size(), 1u);
  std::vector<int> lines;
  for (const Instruction& i : functions[0].instructions) lines.push_back(i.line);
  EXPECT_EQ(lines, (std::vector<int>{12, 12, 0, 14}));
}

TEST(SameCode, ComparesAddressesAndInstructions) {
  const auto with = [](const std::string& code) {
    static std::vector<std::string> kept;
    kept.reserve(9);
    kept.push_back("0000000000001100 <f>:\n" + code);
    return ReadDisassembly(kept.back());
  };
  const Disassembly one = with("    1100:\tret\n");
  EXPECT_TRUE(SameCode(one, with("k.cc:1\n    1100:\tret\n")));
  EXPECT_FALSE(SameCode(one, with("    1101:\tret\n")));
  EXPECT_FALSE(SameCode(one, with("    1100:\tnop\n")));
  EXPECT_FALSE(SameCode(one, with("")));
  EXPECT_FALSE(SameCode(one, {}));
}

TEST(ReadDisassembly, StopsAtItsLimit) {
  const Disassembly functions = ReadDisassembly(
      "0000000000001100 <f>:\n    1100:\tnop\n    1101:\tnop\n    1102:\tnop\n",
      "", 2);
  ASSERT_EQ(functions.size(), 1u);
  EXPECT_EQ(functions[0].instructions.size(), 2u);
}

}  // namespace
}  // namespace kernelevolve::worker
