#include "worker/run/shared_buffer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/format.h"

namespace kernelevolve::worker {
namespace {

constexpr PlacementRule kRules[] = {
    PlacementRule::kEndFlush, PlacementRule::kShifted,
    PlacementRule::kAligned64, PlacementRule::kAligned256};
constexpr size_t kElementBytes[] = {1, 2, 4, 8, 16};

size_t PayloadBytes(size_t elements, size_t element_bytes) {
  return elements * element_bytes;
}

TEST(Place, ThePayloadLiesInsideWholePages) {
  for (const PlacementRule rule : kRules)
    for (const size_t element : kElementBytes)
      for (const size_t count : {0, 1, 3, 255, 256, 4095, 4096, 5000}) {
        const size_t bytes = PayloadBytes(count, element);
        const Placement place = Place(bytes, element, rule);
        EXPECT_EQ(place.bytes, bytes);
        EXPECT_LE(place.end(), place.mapped_bytes);
        EXPECT_EQ(place.mapped_bytes % kPageBytes, 0u);
        EXPECT_GT(place.mapped_bytes, 0u);
        EXPECT_EQ(place.offset % element, 0u) << "aligned to its element";
      }
}

TEST(Place, EndFlushTouchesTheGuard) {
  for (const size_t element : kElementBytes)
    for (const size_t count : {1, 3, 1000, 4096}) {
      const Placement place =
          Place(PayloadBytes(count, element), element, PlacementRule::kEndFlush);
      EXPECT_EQ(place.end(), place.mapped_bytes);
      EXPECT_LT(place.offset, kPageBytes) << "no page more than needed";
    }
}

TEST(Place, ShiftedPromisesTheElementAndNoMore) {
  for (const size_t element : kElementBytes) {
    const Placement place = Place(element * 100, element, PlacementRule::kShifted);
    EXPECT_NE(place.offset % (2 * element), 0u);
    EXPECT_LE(place.end() + 64, place.mapped_bytes) << "room for a canary";
  }
}

TEST(Place, TimingAlternatesBetweenTwoAlignments) {
  const Placement narrow = Place(1000, 4, PlacementRule::kAligned64);
  EXPECT_EQ(narrow.offset % 64, 0u);
  EXPECT_NE(narrow.offset % 256, 0u);
  const Placement wide = Place(1000, 4, PlacementRule::kAligned256);
  EXPECT_EQ(wide.offset % 256, 0u);
  for (const Placement& place : {narrow, wide})
    EXPECT_LE(place.end() + 64, place.mapped_bytes);
}

void* MapAgain(int fd, int protection) {
  return mmap(nullptr, kPageBytes, protection, MAP_SHARED, fd, 0);
}

TEST(SharedBuffer, ASecondMappingSeesWhatTheJudgeWrites) {
  auto buffer = SharedBuffer::Create(100, /*read_only_for_runner=*/true);
  ASSERT_TRUE(buffer) << buffer.error().message;
  EXPECT_EQ(buffer->capacity(), kPageBytes);
  void* other = MapAgain(buffer->fd(), PROT_READ);
  ASSERT_NE(other, MAP_FAILED);
  std::memcpy(buffer->data(), "later", 6);
  EXPECT_STREQ(static_cast<const char*>(other), "later");
  munmap(other, kPageBytes);
}

TEST(SharedBuffer, AReadOnlyBufferIsNeverMappedOrWrittenAgain) {
  auto buffer = SharedBuffer::Create(100, /*read_only_for_runner=*/true);
  ASSERT_TRUE(buffer);
  EXPECT_EQ(MapAgain(buffer->fd(), PROT_READ | PROT_WRITE), MAP_FAILED);
  EXPECT_EQ(pwrite(buffer->fd(), "x", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  // Nor by way of the file's other name or of a mapping made writable later.
  const Fd reopened(
      open(format("/proc/self/fd/{}", buffer->fd()).c_str(), O_RDWR));
  EXPECT_EQ(MapAgain(reopened.get(), PROT_READ | PROT_WRITE), MAP_FAILED);
  void* readable = MapAgain(buffer->fd(), PROT_READ);
  ASSERT_NE(readable, MAP_FAILED);
  EXPECT_EQ(mprotect(readable, kPageBytes, PROT_READ | PROT_WRITE), -1);
  munmap(readable, kPageBytes);
}

TEST(SharedBuffer, AnOutputBufferIsWritableThroughItsDescriptor) {
  auto buffer = SharedBuffer::Create(100, /*read_only_for_runner=*/false);
  ASSERT_TRUE(buffer);
  void* other = MapAgain(buffer->fd(), PROT_READ | PROT_WRITE);
  ASSERT_NE(other, MAP_FAILED);
  *static_cast<uint8_t*>(other) = 42;
  EXPECT_EQ(buffer->data()[0], 42);
  munmap(other, kPageBytes);
}

// Were it cut short, the judge would die of SIGBUS.
TEST(SharedBuffer, NobodyChangesItsSizeOrItsSeals) {
  for (const bool read_only : {false, true}) {
    auto buffer = SharedBuffer::Create(2 * kPageBytes, read_only);
    ASSERT_TRUE(buffer);
    EXPECT_NE(ftruncate(buffer->fd(), 0), 0);
    EXPECT_NE(ftruncate(buffer->fd(), 1 << 20), 0);
    EXPECT_NE(fcntl(buffer->fd(), F_ADD_SEALS, F_SEAL_WRITE), 0);
  }
}

TEST(SharedBuffer, MovingItKeepsTheMemory) {
  auto buffer = SharedBuffer::Create(100, false);
  ASSERT_TRUE(buffer);
  uint8_t* data = buffer->data();
  data[5] = 7;
  SharedBuffer moved(*std::move(buffer));
  EXPECT_EQ(moved.data(), data);
  EXPECT_EQ(moved.data()[5], 7);
  EXPECT_EQ(buffer->data(), nullptr);
}

}  // namespace
}  // namespace kernelevolve::worker
