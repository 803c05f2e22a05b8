#include "worker/judge/sanitizer_report.h"

#include <gtest/gtest.h>

#include <string>

namespace kernelevolve::worker {
namespace {

constexpr char kOverflow[] = R"(what the kernel printed
=================================================================
==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x6040000000b8 at pc 0x55 bp 0x7f sp 0x7f
READ of size 64 at 0x6040000000b8 thread T0
    #0 0x55ff in _mm512_loadu_ps(void const*) /usr/lib/gcc/avx512fintrin.h:6540
    #1 0x55fe in ke_run /ke/build/kernel.cc:23
    #2 0x55fd in main /ke/build/sanitized_main.cc:163

0x6040000000b8 is located 0 bytes to the right of 40-byte region
)";

constexpr char kRace[] = R"(==================
WARNING: ThreadSanitizer: data race (pid=1)
  Write of size 4 at 0x7b0c00000060 by main thread:
    #0 ke_run /ke/build/kernel.cc:5 (sanitized+0xc082a)
    #1 main /ke/build/sanitized_main.cc:163 (sanitized+0xc31ba)

  Previous write of size 4 at 0x7b0c00000060 by thread T1:
    #0 operator() /ke/build/kernel.cc:9 (sanitized+0xc054d)
)";

TEST(FirstMemoryFault, SaysWhatAndWhereInTheKernel) {
  EXPECT_EQ(FirstMemoryFault(kOverflow),
            "heap-buffer-overflow: READ of size 64 in ke_run kernel.cc:23");
}

TEST(FirstMemoryFault, APlainCrashIsNone) {
  EXPECT_FALSE(FirstMemoryFault(""));
  EXPECT_FALSE(FirstMemoryFault("==1==ERROR: AddressSanitizer: SEGV on unknown address "
                                "0x0 (pc 0x1 bp 0x2 sp 0x3 T0)\n"));
  EXPECT_FALSE(FirstMemoryFault("==1==ERROR: AddressSanitizer:"));
  EXPECT_FALSE(FirstMemoryFault("==1==ERROR: AddressSanitizer: stack-overflow on address "
                                "0x7ffe (pc 0x1 bp 0x2 sp 0x3 T0)\n"));
}

TEST(FirstMemoryFault, WhatIsPartlyOutsideOrFreedTwiceIsOne) {
  EXPECT_TRUE(FirstMemoryFault("==1==ERROR: AddressSanitizer: unknown-crash on address"));
  EXPECT_TRUE(FirstMemoryFault(
      "==1==ERROR: AddressSanitizer: attempting double-free on 0x6020000000b0"));
}

TEST(FirstDataRace, NamesBothSides) {
  EXPECT_EQ(FirstDataRace(kRace),
            "Write of size 4 in ke_run kernel.cc:5, Previous write of size 4");
}

TEST(FirstDataRace, OtherWarningsAreNone) {
  EXPECT_FALSE(FirstDataRace("WARNING: ThreadSanitizer: thread leak (pid=1)\n"));
  EXPECT_FALSE(FirstDataRace("FATAL: ThreadSanitizer: unexpected memory mapping\n"));
}

TEST(Findings, AreOneLineWhateverTheKernelPrints) {
  std::string report = kOverflow;
  report.insert(report.find("ke_run"), "\x1b[31m");
  const auto fault = FirstMemoryFault(report);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->find('\x1b'), fault->npos);
  EXPECT_EQ(fault->find('\n'), fault->npos);
}

}  // namespace
}  // namespace kernelevolve::worker
