#include "worker/run/state_memory.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "worker/run/shared_buffer.h"

namespace kernelevolve::worker {
namespace {

constexpr uint64_t kCode = 0x10'0800;

// A library of code, constants, variables and variables that begin as zero.
const std::vector<MappedRange> kLoaded = {
    {0x10'0000, 0x11'0000, "r-xp", "/ke/kernel.so"},
    {0x11'0000, 0x12'0000, "r--p", "/ke/kernel.so"},
    {0x12'0000, 0x13'0000, "rw-p", "/ke/kernel.so"},
    {0x13'0000, 0x14'0000, "rw-p", ""},
    {0x20'0000, 0x30'0000, "rw-p", ""},
    {0x40'0000, 0x50'0000, "rw-p", "/usr/lib/libc.so.6"},
};

std::vector<MappedRange> LoadedAnd(const std::vector<MappedRange>& more) {
  std::vector<MappedRange> ranges = kLoaded;
  ranges.insert(ranges.end(), more.begin(), more.end());
  return ranges;
}

const std::vector<MemoryBlock> kVariables = {{0x12'0000, 0x13'0000},
                                             {0x13'0000, 0x14'0000}};

TEST(BlocksLeft, VariablesOfTheLibraryAreItsStateWheneverTheyCame) {
  EXPECT_EQ(BlocksLeft(kLoaded, kLoaded, kCode), kVariables);
}

TEST(BlocksLeft, WhatNoRangeHoldsHasNoVariables) {
  EXPECT_TRUE(BlocksLeft(kLoaded, kLoaded, 1).empty());
  EXPECT_TRUE(BlocksLeft({}, {}, kCode).empty());
}

TEST(BlocksLeft, NewMemoryIsState) {
  auto left = BlocksLeft(
      kLoaded, LoadedAnd({{0x60'0000, 0x70'0000, "rw-p", ""},
                          {0x80'0000, 0x90'0000, "rw-s", "/dev/zero (deleted)"},
                          {0xa0'0000, 0xb0'0000, "r--p", ""}}),
      kCode);
  ASSERT_EQ(left.size(), 5u);
  EXPECT_EQ(left[2], (MemoryBlock{0x60'0000, 0x70'0000}));
  EXPECT_EQ(left[3], (MemoryBlock{0x80'0000, 0x90'0000}));
  EXPECT_EQ(left[4], (MemoryBlock{0xa0'0000, 0xb0'0000}));
}

TEST(BlocksLeft, OfARangeThatHasGrownItIsTheGrowth) {
  std::vector<MappedRange> after = kLoaded;
  after[4] = {0x1f'0000, 0x34'0000, "rw-p", ""};
  const auto left = BlocksLeft(kLoaded, after, kCode);
  ASSERT_EQ(left.size(), 4u);
  EXPECT_EQ(left[2], (MemoryBlock{0x1f'0000, 0x20'0000}));
  EXPECT_EQ(left[3], (MemoryBlock{0x30'0000, 0x34'0000}));
}

TEST(BlocksLeft, SmallBlocksCodeTensorsAndGuardsAreNot) {
  EXPECT_EQ(BlocksLeft(kLoaded,
                       LoadedAnd({{0x60'0000, 0x60'2000, "rw-p", ""},
                                  {0x70'0000, 0x80'0000, "rwxp", ""},
                                  {0x90'0000, 0xa0'0000, "rw-s", "/memfd:ke (deleted)"},
                                  {0xb0'0000, 0xc0'0000, "---p", ""}}),
                       kCode),
            kVariables);
}

TEST(ResidentParts, ReservesThatNobodyTouchedAreNoState) {
  constexpr size_t kPages = 8;
  auto* reserve = static_cast<char*>(mmap(nullptr, kPages * kPageBytes,
                                          PROT_READ | PROT_WRITE,
                                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(reserve, MAP_FAILED);
  for (const size_t page : {1, 2, 5}) reserve[page * kPageBytes] = 1;
  const auto at = reinterpret_cast<uint64_t>(reserve);
  EXPECT_EQ(ResidentParts(getpid(), {{at, at + kPages * kPageBytes}}),
            (std::vector<MemoryBlock>{{at + kPageBytes, at + 3 * kPageBytes},
                                      {at + 5 * kPageBytes, at + 6 * kPageBytes}}));
  munmap(reserve, kPages * kPageBytes);
}

TEST(StateMemory, MallocsBlocksOfThisProcessAreFound) {
  const auto before = MappedRangesOf(getpid());
  constexpr size_t kBytes = 100'000;  // less than glibc keeps out of the heap
  char* block = nullptr;
  {
    const BlocksApart apart;
    block = static_cast<char*>(malloc(kBytes));
  }
  std::memset(block, 7, kBytes);
  const auto left =
      ResidentParts(getpid(), BlocksLeft(before, MappedRangesOf(getpid()), 0));
  bool found = false;
  for (const MemoryBlock& each : left) {
    const auto at = reinterpret_cast<uint64_t>(block);
    found |= each.begin <= at && at + kBytes <= each.end;
  }
  FlushBlocks(left);
  EXPECT_TRUE(found);
  EXPECT_EQ(std::count(block, block + kBytes, 7), std::ptrdiff_t{kBytes});
  free(block);
}

}  // namespace
}  // namespace kernelevolve::worker
