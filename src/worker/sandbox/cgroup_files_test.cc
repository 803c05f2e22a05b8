#include "worker/sandbox/cgroup_files.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

constexpr const char* kMounts =
    "22 1 254:0 / / rw - ext4 /dev/vda rw\n"
    "30 22 0:25 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup "
    "rw,memory\n"
    "31 22 0:26 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup "
    "rw,cpu,cpuacct\n"
    "32 22 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
constexpr const char* kMembership =
    "4:memory:/no/such/group\n"
    "3:cpu,cpuacct:/docker/abc\n"
    "0::/\n";

TEST(CgroupFilesTest, FindsAHierarchyByItsController) {
  const auto place = FindCgroupPlace(kMounts, kMembership, "memory");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->mount, "/sys/fs/cgroup/memory");
}

TEST(CgroupFilesTest, FallsBackToTheMountWhereTheGroupIsNotVisible) {
  const auto place = FindCgroupPlace(kMounts, kMembership, "memory");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->folder, place->mount);
}

TEST(CgroupFilesTest, TakesControllersThatShareAHierarchy) {
  const auto place = FindCgroupPlace(kMounts, kMembership, "cpuacct");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->mount, "/sys/fs/cgroup/cpu,cpuacct");
}

TEST(CgroupFilesTest, EmptyControllerIsTheSecondVersion) {
  const auto place = FindCgroupPlace(kMounts, kMembership, "");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->mount, "/sys/fs/cgroup/unified");
}

TEST(CgroupFilesTest, AControllerThatIsNotMountedIsAbsent) {
  EXPECT_FALSE(FindCgroupPlace(kMounts, kMembership, "pids"));
  EXPECT_FALSE(FindCgroupPlace("", "", "memory"));
}

TEST(CgroupFilesTest, ReadsNumbersAndKeys) {
  auto folder = TempFolder::Create("cgroup-files");
  ASSERT_TRUE(folder);
  const fs::path events = folder->path() / "memory.events";
  ASSERT_TRUE(WriteFileAtomic(events, "oom 3\noom_kill 2\n"));
  EXPECT_EQ(ReadCgroupKey(events, "oom_kill"), 2u);
  EXPECT_EQ(ReadCgroupKey(events, "oom"), 3u);
  EXPECT_FALSE(ReadCgroupKey(events, "max"));
  ASSERT_TRUE(WriteFileAtomic(events, "max\n"));
  EXPECT_FALSE(ReadCgroupNumber(events));
  ASSERT_TRUE(WriteFileAtomic(events, "17\n"));
  EXPECT_EQ(ReadCgroupNumber(events), 17u);
  EXPECT_FALSE(ReadCgroupNumber(folder->path() / "absent"));
}

TEST(CgroupFilesTest, NeverCreatesTheFileItWrites) {
  auto folder = TempFolder::Create("cgroup-files");
  ASSERT_TRUE(folder);
  EXPECT_FALSE(WriteCgroupFile(folder->path() / "pids.max", "1"));
  EXPECT_FALSE(fs::exists(folder->path() / "pids.max"));
}

TEST(CgroupFilesTest, RemovesGroupsOfTheDeadOnly) {
  auto folder = TempFolder::Create("cgroup-files");
  ASSERT_TRUE(folder);
  // Above any pid that the kernel gives.
  const fs::path dead = folder->path() / "kernelevolve-4194305-0a";
  const fs::path alive = folder->path() / NextCgroupName();
  const fs::path other = folder->path() / "system.slice";
  for (const fs::path& path : {dead, alive, other})
    ASSERT_TRUE(MakeFolders(path));
  RemoveStaleCgroups(folder->path());
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(alive));
  EXPECT_TRUE(fs::exists(other));
}

TEST(CgroupFilesTest, NamesDiffer) {
  EXPECT_NE(NextCgroupName(), NextCgroupName());
}

}  // namespace
}  // namespace kernelevolve::worker
