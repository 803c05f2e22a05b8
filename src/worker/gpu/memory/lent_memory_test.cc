#include "worker/gpu/memory/lent_memory.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "worker/gpu/memory/borrowed_memory.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr uint64_t kGranule = 2 << 20;

class LentMemoryTest : public ::testing::Test {
 protected:
  std::unique_ptr<Driver> driver_ =
      Driver::Open(fs::read_symlink("/proc/self/exe").parent_path() /
                   "libfake_driver.so")
          .value();
};

// Addresses of the stand-in are this process's own.
volatile char* At(CuAddress address) {
  return reinterpret_cast<volatile char*>(address);
}

TEST_F(LentMemoryTest, TwoMappingsShowTheSameBytes) {
  const auto lent = LentMemory::Create(*driver_, 0, 100).value();
  EXPECT_EQ(lent->bytes(), kGranule);
  const auto borrowed =
      BorrowedMemory::Import(*driver_, 0, lent->fd(), lent->bytes(), kMemRead)
          .value();
  EXPECT_NE(borrowed->address(), lent->address());
  *At(lent->address()) = 42;
  EXPECT_EQ(*At(borrowed->address()), 42);
  EXPECT_FALSE(borrowed->writable());
}

TEST_F(LentMemoryTest, AStepOutsideIsAFault) {
  const auto lent = LentMemory::Create(*driver_, 0, 100).value();
  const CuAddress end = lent->address() + lent->bytes();
  *At(end - 1) = 1;
  EXPECT_DEATH(*At(end) = 1, "");
  EXPECT_DEATH(*At(lent->address() - 1) = 1, "");
}

TEST_F(LentMemoryTest, ABorrowerForReadingCannotWrite) {
  const auto lent = LentMemory::Create(*driver_, 0, 100).value();
  const auto borrowed =
      BorrowedMemory::Import(*driver_, 0, lent->fd(), lent->bytes(), kMemRead)
          .value();
  EXPECT_DEATH(*At(borrowed->address()) = 1, "");
}

TEST_F(LentMemoryTest, SpentMemoryIsRecognised) {
  const auto lent = LentMemory::Create(*driver_, 0, uint64_t{4} << 30);
  ASSERT_FALSE(lent);
  EXPECT_TRUE(IsOutOfMemory(lent.error())) << lent.error().message;
  EXPECT_NE(lent.error().message.find("4294967296 bytes"), std::string::npos);
  EXPECT_FALSE(LentMemory::Create(*driver_, 0, ~uint64_t{0}));
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
