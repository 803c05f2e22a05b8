#include "worker/run/mapped_code.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.h"
#include "base/file.h"
#include "base/write_all.h"

namespace kernelevolve::worker {
namespace {

TEST(MappedCode, FilesAreNamedOnceAndMemoryIsLeftOut) {
  EXPECT_EQ(MappedFiles("5581-5582 r--p 0000 08:01 11   /ke/worker\n"
                        "5582-5583 r-xp 1000 08:01 11   /ke/worker\n"
                        "5583-5584 r--p 3000 08:01 11   /ke/worker\n"
                        "7f00-7f01 rwxp 0000 00:00 0 \n"
                        "7f01-7f02 r--p 0000 08:01 12   /usr/lib/libdata.so\n"
                        "7f02-7f03 r-xp 0000 08:01 13   /usr/lib/lib a.so.0\n"
                        "7f03-7f04 rw-s 0000 00:01 14   /memfd:x (deleted)\n"
                        "7f04-7f05 r-xp 0000 00:00 0    [vdso]\n"),
            (std::vector<MappedFile>{{"/ke/worker", 0x5581, true},
                                     {"/usr/lib/libdata.so", 0x7f01, false},
                                     {"/usr/lib/lib a.so.0", 0x7f02, true},
                                     {"/memfd:x", 0x7f03, false}}));
  EXPECT_EQ(MappedFiles("7f00-7f01 r-xp 0 08:01 1  /bin/worker (deleted)\n"),
            (std::vector<MappedFile>{{"/bin/worker", 0x7f00, true}}));
  EXPECT_TRUE(MappedFiles("").empty());
  EXPECT_TRUE(MappedFiles("7f02-7f03 r\n/\n \n7 /a").empty());
}

class CodeFilesTest : public ::testing::Test {
 protected:
  static constexpr size_t kBytes = 4096;

  void TearDown() override { munmap(mapped_, kBytes); }
  void Map(int fd, int protection, int flags = MAP_PRIVATE) {
    mapped_ = mmap(nullptr, kBytes, protection, flags, fd, 0);
    ASSERT_NE(mapped_, MAP_FAILED);
  }
  // A file in memory that begins so.
  Fd InMemory(std::string text) {
    Fd file(memfd_create("libm.so", MFD_CLOEXEC));
    text.resize(kBytes);
    EXPECT_TRUE(WriteAll(file.get(), text));
    return file;
  }
  static bool Listed(std::string_view path) {
    const std::vector<std::string> files = CodeFiles(getpid());
    return std::ranges::find(files, path) != files.end();
  }

  void* mapped_ = nullptr;
};

TEST_F(CodeFilesTest, ThisProgramAndItsLibrariesAreListed) {
  EXPECT_TRUE(Listed(fs::read_symlink("/proc/self/exe").string()));
  EXPECT_FALSE(CodeFiles(getpid()).empty());
}

TEST_F(CodeFilesTest, ALibraryIsCodeHoweverItIsMapped) {
  const Result<TempFolder> folder = TempFolder::Create("mapped-code");
  ASSERT_TRUE(folder);
  const fs::path path = folder->path() / "blas";
  ASSERT_TRUE(WriteFileAtomic(path, "\177ELF" + std::string(kBytes, 'x')));
  const Fd file(open(path.c_str(), O_RDONLY));
  EXPECT_FALSE(Listed(path.string()));
  Map(file.get(), PROT_NONE);
  EXPECT_TRUE(Listed(path.string()));
  // Also once it is gone, or where the process has written over its own beginning.
  ASSERT_EQ(mprotect(mapped_, kBytes, PROT_READ | PROT_WRITE), 0);
  *static_cast<char*>(mapped_) = 0;
  EXPECT_TRUE(Listed(path.string()));
  *static_cast<char*>(mapped_) = '\177';
  fs::remove(path);
  EXPECT_TRUE(Listed(path.string()));
}

TEST_F(CodeFilesTest, DataIsNoCode) {
  const Result<TempFolder> folder = TempFolder::Create("mapped-code");
  ASSERT_TRUE(folder);
  const fs::path path = folder->path() / "locale-archive";
  ASSERT_TRUE(WriteFileAtomic(path, std::string(kBytes, 'x')));
  const Fd file(open(path.c_str(), O_RDONLY));
  Map(file.get(), PROT_READ);
  EXPECT_FALSE(Listed(path.string()));
}

TEST_F(CodeFilesTest, ALibraryInMemoryIsCode) {
  const Fd file = InMemory("\177ELF");
  Map(file.get(), PROT_READ);
  EXPECT_TRUE(Listed("/memfd:libm.so"));
}

TEST_F(CodeFilesTest, WhatACompilerAtRunTimeMakesIsNot) {
  const Fd file = InMemory("\xc3");
  Map(file.get(), PROT_READ | PROT_EXEC, MAP_SHARED);
  EXPECT_FALSE(Listed("/memfd:libm.so"));
  munmap(mapped_, kBytes);
  Map(-1, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS);
  EXPECT_FALSE(Listed("/dev/zero"));
}

TEST_F(CodeFilesTest, AProcessThatIsGoneHasNone) {
  EXPECT_TRUE(CodeFiles(-1).empty());
}

TEST(MappedCode, AFewNamesTheLastFirst) {
  EXPECT_EQ(NameFew({"/usr/lib/libblas.so.3"}), "libblas.so.3");
  EXPECT_EQ(NameFew({"/lib/libquadmath.so.0", "/lib/libgfortran.so.5",
                     "/lib/openblas/libopenblasp.so"}),
            "libopenblasp.so, libgfortran.so.5, libquadmath.so.0");
  EXPECT_EQ(NameFew({"/a", "/b", "/c", "/d", "/e\x1b[1m"}),
            "e[1m, d, c and 2 more");
  EXPECT_EQ(NameFew({}), "");
}

TEST(MappedCode, TheLanguagesOwnLibrariesAreKnown) {
  EXPECT_TRUE(IsRuntimeLibrary("libstdc++.so.6.0.30"));
  EXPECT_TRUE(IsRuntimeLibrary("/lib64/ld-linux-x86-64.so.2"));
  EXPECT_TRUE(IsRuntimeLibrary("/usr/lib/x86_64-linux-gnu/gconv/UTF-16.so"));
  EXPECT_FALSE(IsRuntimeLibrary("/tmp/gconv/libblas.so"));
  EXPECT_FALSE(IsRuntimeLibrary("/usr/lib/libopenblas.so.0"));
  EXPECT_FALSE(IsRuntimeLibrary(""));
}

}  // namespace
}  // namespace kernelevolve::worker
