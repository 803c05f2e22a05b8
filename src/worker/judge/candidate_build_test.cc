#include "worker/judge/candidate_build.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/file.h"

namespace kernelevolve::worker {
namespace {

class StartsThreadsTest : public ::testing::Test {
 protected:
  bool Starts(const std::string& bytes) {
    const fs::path file = folder_->path() / "kernel.so";
    EXPECT_TRUE(WriteFileAtomic(file, bytes));
    return StartsThreads(file);
  }
  // An artefact that consists of this, as code or as data.
  static std::string Segment(const std::string& content, uint32_t flags) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_phoff = sizeof header;
    header.e_phnum = 1;
    Elf64_Phdr program{};
    program.p_type = PT_LOAD;
    program.p_flags = flags;
    program.p_offset = sizeof header + sizeof program;
    program.p_filesz = content.size();
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) +
           std::string(reinterpret_cast<const char*>(&program), sizeof program) + content;
  }

  Result<TempFolder> folder_ = TempFolder::Create("candidate-build");
};

TEST_F(StartsThreadsTest, ByName) {
  for (const char* name : {"pthread_create", "_ZNSt6threadC1Ev", "GOMP_parallel"})
    EXPECT_TRUE(Starts(std::string("x") + name)) << name;
  EXPECT_FALSE(Starts("memcpy"));
}

TEST_F(StartsThreadsTest, ByANameThatIsPutTogether) {
  for (const char* name : {"dlsym", "dlvsym", "dlopen", "syscall", "timer_create"})
    EXPECT_TRUE(Starts(name)) << name;
  EXPECT_TRUE(Starts(std::string("\0clone\0", 7)));
  EXPECT_FALSE(Starts(std::string("\0_ZN4Tile5cloneEv\0", 18)));
}

TEST_F(StartsThreadsTest, ByASystemCallOfItsOwn) {
  EXPECT_TRUE(Starts(Segment("\x90\x0f\x05\xc3", PF_R | PF_X)));
  EXPECT_FALSE(Starts(Segment("\x90\x0f\x05\xc3", PF_R)));
  EXPECT_FALSE(Starts(Segment("\x0f\xc3\x05", PF_R | PF_X)));
}

}  // namespace
}  // namespace kernelevolve::worker
