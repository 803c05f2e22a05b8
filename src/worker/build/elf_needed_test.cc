#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "worker/build/builder.h"

namespace kernelevolve::worker {
namespace {

// A shared object of nothing but a dynamic section and its strings.
struct TinyLibrary {
  struct Layout {
    Elf64_Ehdr header{};
    Elf64_Phdr programs[2]{};
    Elf64_Dyn dynamic[4]{};
    char strings[40] = "\0libblas.so.3\0libm.so.6";
  } layout;

  TinyLibrary() {
    std::memcpy(layout.header.e_ident, ELFMAG, SELFMAG);
    layout.header.e_ident[EI_CLASS] = ELFCLASS64;
    layout.header.e_phoff = offsetof(Layout, programs);
    layout.header.e_phnum = 2;
    constexpr uint64_t kBase = 0x10000;  // addresses are no file offsets
    layout.programs[0].p_type = PT_LOAD;
    layout.programs[0].p_vaddr = kBase;
    layout.programs[0].p_filesz = sizeof(Layout);
    layout.programs[1].p_type = PT_DYNAMIC;
    layout.programs[1].p_offset = offsetof(Layout, dynamic);
    layout.programs[1].p_filesz = sizeof layout.dynamic;
    layout.dynamic[0] = {DT_NEEDED, {1}};
    layout.dynamic[1] = {DT_STRTAB, {kBase + offsetof(Layout, strings)}};
    layout.dynamic[2] = {DT_NEEDED, {14}};
    layout.dynamic[3] = {DT_NULL, {0}};
  }

  std::string Bytes() const {
    return std::string(reinterpret_cast<const char*>(&layout), sizeof layout);
  }
};

class NeededLibrariesTest : public ::testing::Test {
 protected:
  Result<std::vector<std::string>> Read(const std::string& bytes) {
    const fs::path file = folder_->path() / "library.so";
    EXPECT_TRUE(WriteFileAtomic(file, bytes));
    return NeededLibraries(file);
  }
  Result<TempFolder> folder_ = TempFolder::Create("elf-test");
};

TEST_F(NeededLibrariesTest, NamesEveryLibraryInOrder) {
  const auto needed = Read(TinyLibrary().Bytes());
  ASSERT_TRUE(needed) << needed.error().message;
  EXPECT_EQ(*needed, (std::vector<std::string>{"libblas.so.3", "libm.so.6"}));
}

TEST_F(NeededLibrariesTest, ReadsARealProgram) {
  // This one itself may be larger than what is read: an unoptimised one with
  // sanitizers is.
  const auto needed = NeededLibraries("/bin/sh");
  ASSERT_TRUE(needed) << needed.error().message;
  EXPECT_TRUE(std::any_of(
      needed->begin(), needed->end(),
      [](const std::string& name) { return name.starts_with("libc.so"); }));
}

TEST(MachineCode, IsThatOfExecutableSegments) {
  const Result<TempFolder> folder = TempFolder::Create("elf-test");
  ASSERT_TRUE(folder);
  const fs::path file = folder->path() / "library.so";
  TinyLibrary library;
  ASSERT_TRUE(WriteFileAtomic(file, library.Bytes()));
  EXPECT_EQ(MachineCode(file).value_or("none"), "");
  library.layout.programs[0].p_flags = PF_X;
  library.layout.programs[0].p_offset = offsetof(TinyLibrary::Layout, strings);
  library.layout.programs[0].p_filesz = 14;
  ASSERT_TRUE(WriteFileAtomic(file, library.Bytes()));
  EXPECT_EQ(MachineCode(file).value_or("none"), std::string("\0libblas.so.3\0", 14));
  library.layout.programs[0].p_offset = ~0ull;
  ASSERT_TRUE(WriteFileAtomic(file, library.Bytes()));
  EXPECT_EQ(MachineCode(file).value_or("none"), "");
  ASSERT_TRUE(WriteFileAtomic(file, "text"));
  EXPECT_FALSE(MachineCode(file));
}

TEST_F(NeededLibrariesTest, NoDynamicSectionNeedsNothing) {
  TinyLibrary library;
  library.layout.programs[1].p_type = PT_NOTE;
  const auto needed = Read(library.Bytes());
  ASSERT_TRUE(needed);
  EXPECT_TRUE(needed->empty());
}

TEST_F(NeededLibrariesTest, RefusesWhatIsNoSharedObject) {
  TinyLibrary narrow;
  narrow.layout.header.e_ident[EI_CLASS] = ELFCLASS32;
  for (const std::string& bytes :
       {std::string(), std::string("#!/bin/sh\n"), std::string(100, '\0'),
        TinyLibrary().Bytes().substr(0, 30), narrow.Bytes()}) {
    const auto needed = Read(bytes);
    ASSERT_FALSE(needed);
    EXPECT_EQ(needed.error().code, ErrorCode::kBadInput);
  }
}

TEST_F(NeededLibrariesTest, RefusesNamesOutsideOfTheFile) {
  TinyLibrary far_name, far_table;
  far_name.layout.dynamic[0].d_un.d_val = 1 << 20;
  far_table.layout.dynamic[1].d_un.d_ptr = 0x900000;
  for (const TinyLibrary& library : {far_name, far_table}) {
    const auto needed = Read(library.Bytes());
    ASSERT_FALSE(needed);
    EXPECT_EQ(needed.error().code, ErrorCode::kBadInput);
  }
}

// Whatever the bytes say, the answer is a list or an error.
TEST_F(NeededLibrariesTest, SurvivesEveryTruncationAndHugeNumbers) {
  const std::string whole = TinyLibrary().Bytes();
  for (size_t size = 0; size < whole.size(); ++size)
    (void)Read(whole.substr(0, size));
  TinyLibrary huge;
  huge.layout.programs[1].p_filesz = ~0ull;
  huge.layout.programs[1].p_offset = ~0ull - 15;
  (void)Read(huge.Bytes());
  huge = TinyLibrary();
  huge.layout.dynamic[0].d_un.d_val = ~0ull;
  huge.layout.header.e_phnum = 0xffff;
  (void)Read(huge.Bytes());
}

}  // namespace
}  // namespace kernelevolve::worker
