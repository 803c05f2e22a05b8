#include "worker/build/compiler_place.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/file.h"

namespace kernelevolve::worker {
namespace {

// A PATH of one folder, for as long as it lives.
class PathOf {
 public:
  explicit PathOf(const fs::path& folder) : before_(getenv("PATH")) {
    setenv("PATH", folder.c_str(), 1);
  }
  ~PathOf() { setenv("PATH", before_.c_str(), 1); }

 private:
  std::string before_;
};

class CompilerPlaceTest : public ::testing::Test {
 protected:
  fs::path MakeProgram(const fs::path& path) {
    EXPECT_TRUE(MakeFolders(path.parent_path()));
    EXPECT_TRUE(WriteFileAtomic(path, "#!/bin/sh\n"));
    fs::permissions(path, fs::perms::owner_all);
    return path.parent_path();
  }

  const Result<TempFolder> made_ = TempFolder::Create("ke-compiler");
  // /tmp itself may be a link.
  const fs::path folder_ = fs::canonical(made_->path());
};

TEST_F(CompilerPlaceTest, TheSystemsCompilerIsWhereItIs) {
  const auto place = PlaceCompiler("g++");
  ASSERT_TRUE(place) << place.error().message;
  EXPECT_TRUE(place->program.starts_with("/usr/")) << place->program;
  EXPECT_FALSE(place->toolkit);
}

TEST_F(CompilerPlaceTest, AToolkitElsewhereIsShownAsAWhole) {
  MakeProgram(folder_ / "cuda" / "bin" / "nvcc");
  ASSERT_TRUE(MakeFolders(folder_ / "cuda" / "nvvm"));
  ASSERT_TRUE(MakeFolders(folder_ / "cuda" / "include"));
  ASSERT_TRUE(MakeFolders(folder_ / "links"));
  fs::create_symlink(folder_ / "cuda" / "bin" / "nvcc",
                     folder_ / "links" / "nvcc");
  const PathOf path(folder_ / "links");
  const auto place = PlaceCompiler("nvcc");
  ASSERT_TRUE(place) << place.error().message;
  EXPECT_EQ(place->program, folder_ / "cuda" / "bin" / "nvcc");
  ASSERT_TRUE(place->toolkit);
  EXPECT_EQ(place->toolkit->host, folder_ / "cuda");
  EXPECT_EQ(place->toolkit->inside, folder_ / "cuda");
  EXPECT_FALSE(place->toolkit->writable);
}

TEST_F(CompilerPlaceTest, AnyOtherProgramElsewhereIsRefused) {
  const PathOf path(MakeProgram(folder_ / "bin" / "g++"));
  const auto place = PlaceCompiler("g++");
  ASSERT_FALSE(place);
  EXPECT_EQ(place.error().code, ErrorCode::kMissing);
  EXPECT_NE(place.error().message.find("outside /usr"), std::string::npos);
}

TEST_F(CompilerPlaceTest, WhatIsMissingIsSaidWithItsFix) {
  const PathOf path(folder_);
  const auto cuda = PlaceCompiler("nvcc"), cpp = PlaceCompiler("g++");
  ASSERT_FALSE(cuda);
  ASSERT_FALSE(cpp);
  EXPECT_NE(cuda.error().message.find("CUDA toolkit"), std::string::npos);
  EXPECT_NE(cpp.error().message.find("apt-get install g++"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::worker
