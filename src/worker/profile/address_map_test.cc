#include "worker/profile/address_map.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

constexpr const char* kMaps =
    "55d0c0000000-55d0c0001000 r-xp 00001000 08:01 11 /ke/worker\n"
    "7f0000000000-7f0000001000 r--p 00000000 08:01 22 /ke/kernel.so\n"
    "7f0000001000-7f0000003000 r-xp 00001000 08:01 22 /ke/kernel.so\n"
    "7f1000000000-7f1000002000 r-xp 00000000 08:01 33 /usr/lib/libm.so.6\n"
    "7ffc00000000-7ffc00002000 r-xp 00000000 00:00 0 [vdso]\n"
    "nonsense\n";

TEST(ReadMaps, LinesWithFilesAndWithout) {
  const auto maps = ReadMaps(kMaps);
  ASSERT_EQ(maps.size(), 5u);
  EXPECT_EQ(maps[2].begin, 0x7f0000001000u);
  EXPECT_EQ(maps[2].end, 0x7f0000003000u);
  EXPECT_EQ(maps[2].offset, 0x1000u);
  EXPECT_EQ(maps[2].inode, 22u);
  EXPECT_EQ(maps[4].inode, 0u);
  EXPECT_TRUE(ReadMaps("").empty());
}

TEST(SortSamples, ByFile) {
  const SortedSamples sorted =
      SortSamples({0x7f0000001234, 0x7f1000000010, 0x55d0c0000001,
                   0x7ffc00000001, 0x10, 0x7f0000002fff},
                  ReadMaps(kMaps), /*artefact=*/22, /*runner=*/11);
  EXPECT_EQ(sorted.inside, (std::vector<uint64_t>{0x1234, 0x2fff}));
  EXPECT_EQ(sorted.elsewhere, 1u);
}

TEST(SortSamples, WithoutTheArtefactsFirstByteNothingIsInside) {
  const SortedSamples sorted = SortSamples(
      {0x7f0000001234}, {{0x7f0000001000, 0x7f0000003000, 0x1000, 22}}, 22, 11);
  EXPECT_TRUE(sorted.inside.empty());
  EXPECT_EQ(sorted.elsewhere, 0u);
}

}  // namespace
}  // namespace kernelevolve::worker
