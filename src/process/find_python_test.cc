#include "process/find_python.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

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
    return root / "bin" / "python";
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
  ::setenv("KE_PYTHON", "sh", 1);  // any program that exists
  const auto found = FindPython("torch", stop_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->filename(), "sh");
  ::setenv("KE_PYTHON", "/nowhere/python", 1);
  const auto absent = FindPython("torch", stop_);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kMissing);
  EXPECT_NE(absent.error().message.find("KE_PYTHON"), std::string::npos);
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
