#include <gtest/gtest.h>

#include "base/format.h"
#include "core/task_parser.h"
#include "core/testing/task_text.h"

namespace kernelevolve {
namespace {

class TaskFolder : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempFolder::Create("task_folder_test");
    ASSERT_TRUE(folder);
    root_.emplace(*std::move(folder));
    MakeTask("scale", kGoodTask);
  }
  void MakeTask(const std::string& name, const std::string& text) {
    Write(format("tasks/{}/task.toml", name), text);
    Write(format("tasks/{}/reference.cc", name), "// reference");
    Write(format("tasks/{}/baselines/plain.cc", name), "// plain");
  }
  void Write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(MakeFolders((data() / path).parent_path()));
    ASSERT_TRUE(WriteFileAtomic(data() / path, text));
  }
  static std::string ErrorOf(const Result<Task>& task) {
    return task ? "loaded" : task.error().message;
  }
  const fs::path& data() const { return root_->path(); }
  fs::path task() const { return data() / "tasks" / "scale"; }

  std::optional<TempFolder> root_;
};

TEST_F(TaskFolder, LoadsWithItsFiles) {
  const auto loaded = LoadTask(task());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->files.at("baselines/plain.cc"), "// plain");
  EXPECT_EQ(loaded->Digest(), ParseTask(loaded->files).task.Digest());
}

TEST_F(TaskFolder, MistakesNameTheFileOnDisk) {
  Write("tasks/scale/task.toml", Replaced(kGoodTask, "\"hot\"", "1"));
  fs::remove(task() / "reference.cc");
  const std::string error = ErrorOf(LoadTask(task()));
  EXPECT_NE(error.find(format("{}:{}: objective.cache: found 1",
                              (task() / "task.toml").string(), 58)),
            std::string::npos)
      << error;
  EXPECT_NE(error.find("\"reference.cc\", which does not exist"),
            std::string::npos);
  EXPECT_EQ(LoadTask(task()).error().code, ErrorCode::kBadInput);
}

TEST_F(TaskFolder, ALinkOutOfTheFolderIsRefused) {
  Write("secret.cc", "// secret");
  fs::remove(task() / "reference.cc");
  fs::create_symlink("../../secret.cc", task() / "reference.cc");
  EXPECT_NE(ErrorOf(LoadTask(task())).find("leads out of the task's folder"),
            std::string::npos);
  fs::remove_all(task() / "baselines");
  fs::create_directory_symlink("/", task() / "baselines");
  fs::remove(task() / "reference.cc");
  Write("tasks/scale/task.toml",
        Replaced(kGoodTask, "baselines/plain.cc", "baselines/etc/passwd"));
  EXPECT_NE(ErrorOf(LoadTask(task())).find("leads out"), std::string::npos);
}

TEST_F(TaskFolder, LinksWithinTheFolderAreFine) {
  fs::rename(task() / "reference.cc", task() / "real.cc");
  fs::create_symlink("real.cc", task() / "reference.cc");
  EXPECT_EQ(ErrorOf(LoadTask(task())), "loaded");
  // And the folder itself may be reached through a link.
  fs::create_directory_symlink(task(), data() / "alias");
  EXPECT_EQ(ErrorOf(LoadTask(data() / "alias")), "loaded");
}

TEST_F(TaskFolder, OddFilesAreRefused) {
  fs::remove(task() / "reference.cc");
  fs::create_directory(task() / "reference.cc");
  EXPECT_NE(ErrorOf(LoadTask(task())).find("no regular file"),
            std::string::npos);
  fs::remove(task() / "reference.cc");
  Write("tasks/scale/reference.cc", std::string(2 << 20, ' '));
  EXPECT_NE(ErrorOf(LoadTask(task())).find("larger than"), std::string::npos);
}

TEST_F(TaskFolder, NoTaskToml) {
  EXPECT_NE(
      ErrorOf(LoadTask(data())).find("a task is a folder with a task.toml"),
      std::string::npos);
}

TEST_F(TaskFolder, FindsByNameAndByPath) {
  MakeTask("shift", Replaced(kGoodTask, "\"scale\"", "\"shift\""));
  EXPECT_EQ(ShippedTaskNames(data()),
            (std::vector<std::string>{"scale", "shift"}));
  EXPECT_EQ(FindTask("shift", data())->name, "shift");
  EXPECT_EQ(FindTask(task().string(), data())->name, "scale");
  const std::string unknown = ErrorOf(FindTask("scael", data()));
  EXPECT_NE(unknown.find("did you mean scale?"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("shipped are: scale, shift"), std::string::npos);
  EXPECT_NE(ErrorOf(FindTask("", data())), "loaded");
  EXPECT_NE(ErrorOf(FindTask("/nowhere", data())).find("no task \"/nowhere\""),
            std::string::npos);
}

}  // namespace
}  // namespace kernelevolve
