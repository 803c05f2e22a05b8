#include "worker/sandbox/memory_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

namespace kernelevolve::worker {
namespace {

TEST(OutputFileTest, KeepsWhatWasWritten) {
  const auto file = MakeOutputFile("test", 4096);
  ASSERT_TRUE(file);
  ASSERT_EQ(write(file->get(), "hello\n", 6), 6);
  EXPECT_EQ(ReadOutputFile(file->get(), 4096), "hello\n");
}

TEST(OutputFileTest, RefusesToGrow) {
  const auto file = MakeOutputFile("test", 4096);
  ASSERT_TRUE(file);
  const std::string flood(10000, 'x');
  while (write(file->get(), flood.data(), flood.size()) > 0) {
  }
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(ReadOutputFile(file->get(), 4096), std::string(4096, 'x'));
  EXPECT_NE(ftruncate(file->get(), 0), 0);
  EXPECT_NE(ftruncate(file->get(), 8192), 0);
}

TEST(OutputFileTest, AMovedOffsetAddsNothing) {
  const auto file = MakeOutputFile("test", 4096);
  ASSERT_TRUE(file);
  ASSERT_EQ(write(file->get(), "ab", 2), 2);
  lseek(file->get(), 1 << 30, SEEK_SET);
  EXPECT_EQ(ReadOutputFile(file->get(), 4096), "ab");
}

}  // namespace
}  // namespace kernelevolve::worker
