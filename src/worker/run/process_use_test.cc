#include "worker/run/process_use.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"

namespace kernelevolve::worker {
namespace {

TEST(ProcessUse, WhatAProcessTakesIsSeen) {
  const auto before = ReadProcessUse(getpid());
  ASSERT_TRUE(before);
  EXPECT_GE(before->threads, 1);
  const Fd one(open("/dev/null", O_RDONLY)), two(open("/dev/null", O_RDONLY));
  constexpr size_t kBytes = 64 << 20;
  void* untouched = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(untouched, MAP_FAILED);
  const auto after = ReadProcessUse(getpid());
  munmap(untouched, kBytes);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->descriptors, before->descriptors + 2);
  EXPECT_GE(after->data_bytes, before->data_bytes + kBytes / 2);
  EXPECT_LT(after->resident_bytes, before->resident_bytes + kBytes / 2);
}

TEST(ProcessUse, OneThatIsGoneHoldsNothing) {
  EXPECT_FALSE(ReadProcessUse(-1));
}

}  // namespace
}  // namespace kernelevolve::worker
