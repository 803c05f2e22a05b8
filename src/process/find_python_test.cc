#include "process/find_python.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <tuple>

namespace kernelevolve {
namespace {

// A cache folder and KE_PYTHON of the test's own, put back afterwards.
class FindPythonTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempFolder::Create("find-python");
    ASSERT_TRUE(folder);
    folder_.emplace(*std::move(folder));
    Save("XDG_CACHE_HOME", cache_);
    Save("KE_PYTHON", named_);
    ::setenv("XDG_CACHE_HOME", folder_->path().c_str(), 1);
    ::unsetenv("KE_PYTHON");
  }
  void TearDown() override {
    Restore("XDG_CACHE_HOME", cache_);
    Restore("KE_PYTHON", named_);
  }

  fs::path AddEnvironment(const std::string& name, bool complete) {
    const fs::path root = folder_->path() / "kernelevolve/python" / name;
    EXPECT_TRUE(MakeFolders(root / "bin"));
    if (complete) {
      EXPECT_TRUE(WriteFileAtomic(root / "complete", ""));
    }
    return AddPython(root / "bin" / "python", "99.1.0", "99.2.0");
  }
  // What answers as an interpreter with these versions.
  static fs::path AddPython(const fs::path& path, const std::string& torch,
                            const std::string& triton) {
    EXPECT_TRUE(WriteFileAtomic(path, "#!/bin/sh\necho torch " + torch +
                                          "\necho triton " + triton + "\n"));
    fs::permissions(path, fs::perms::owner_all);
    return path;
  }

  std::optional<TempFolder> folder_;
  StopCondition stop_;

 private:
  static void Save(const char* name, std::optional<std::string>& into) {
    if (const char* value = std::getenv(name)) into = value;
  }
  static void Restore(const char* name,
                      const std::optional<std::string>& value) {
    if (value)
      ::setenv(name, value->c_str(), 1);
    else
      ::unsetenv(name);
  }
  std::optional<std::string> cache_, named_;
};

TEST_F(FindPythonTest, ANamedInterpreterComesFirst) {
  AddEnvironment("torch-1", true);
  const fs::path mine =
      AddPython(folder_->path() / "mine", "99.1.0+cu130", "99.2.0");
  ::setenv("KE_PYTHON", mine.c_str(), 1);
  const auto found = FindPython("torch", stop_);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, mine);
  ::setenv("KE_PYTHON", "/nowhere/python", 1);
  const auto absent = FindPython("torch", stop_);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kMissing);
  EXPECT_NE(absent.error().message.find("KE_PYTHON"), std::string::npos);
}

TEST_F(FindPythonTest, AnInterpreterThatIsTooOldSaysWhatIsNeeded) {
  const fs::path mine = folder_->path() / "mine";
  ::setenv("KE_PYTHON", mine.c_str(), 1);
  for (const auto& [torch, triton, word] :
       {std::tuple{"1.13.1", "99.2.0", "torch 1.13.1, and "},
        std::tuple{"99.1.0", "2.0.0", "triton 2.0.0, and "}}) {
    AddPython(mine, torch, triton);
    const auto found = FindPython("torch", stop_);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::kMissing);
    EXPECT_NE(found.error().message.find(word), std::string::npos)
        << found.error().message;
    EXPECT_NE(found.error().message.find("setup-python.sh torch"),
              std::string::npos);
  }
}

TEST_F(FindPythonTest, AnInterpreterWithoutTorchIsMissing) {
  ::setenv("KE_PYTHON", "sh", 1);
  const auto found = FindPython("torch", stop_);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kMissing);
  EXPECT_NE(found.error().message.find("torch and triton"), std::string::npos);
}

TEST_F(FindPythonTest, TheNewestFinishedEnvironmentOfTheSet) {
  const fs::path old = AddEnvironment("torch-old", true);
  fs::last_write_time(old.parent_path().parent_path() / "complete",
                      fs::file_time_type::clock::now() -
                          std::chrono::hours(1));
  const fs::path made = AddEnvironment("torch-new", true);
  AddEnvironment("torch-unfinished", false);
  AddEnvironment("tlx-1", true);
  const auto found = FindPython("torch", stop_);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, made);
}

TEST_F(FindPythonTest, WhatIsMissingIsSaidWithItsFix) {
  ::setenv("KE_PYTHON", "sh", 1);  // means the set torch alone
  const auto absent = FindPython("cute", stop_);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kMissing);
  EXPECT_NE(absent.error().message.find("scripts/setup-python.sh cute"),
            std::string::npos);
}

}  // namespace
}  // namespace kernelevolve
