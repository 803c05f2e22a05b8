#include "engine/verify/find_stored.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "engine/export/manifest.h"
#include "eval/testing/fake_evaluator.h"

namespace kernelevolve {
namespace {

class FindStoredTest : public testing::Test {
 protected:
  FindStoredTest() : temporary_(*TempFolder::Create("find-stored")) {
    StoredResult result;
    result.candidate = "kernels/twice.cc";
    result.evaluation = FakeAccepted(3);
    result.evaluation.candidate_id = std::string(64, 'a');
    recorded_ = ToJson(result);
  }

  fs::path root() const { return temporary_.path(); }
  void Write(const std::string& path, const std::string& contents) const {
    ASSERT_TRUE(MakeFolders((root() / path).parent_path()));
    ASSERT_TRUE(WriteFileAtomic(root() / path, contents));
  }
  std::vector<FoundResult> Find(const std::string& path, bool all) const {
    auto found = FindStoredResults(root() / path, all, StopCondition());
    if (!found) ADD_FAILURE() << found.error().message;
    return found ? std::move(*found) : std::vector<FoundResult>();
  }
  // Those that cannot be read, below the folder "all": their place and why.
  std::map<std::string, std::string> FindUnreadable() const {
    std::map<std::string, std::string> unreadable;
    for (const FoundResult& found : Find("all", true))
      if (!found.result)
        unreadable[fs::relative(found.name(), root() / "all").string()] =
            found.result.error().message;
    return unreadable;
  }

  TempFolder temporary_;
  Json recorded_;
};

TEST_F(FindStoredTest, LinesThatAreLostBesideResultsAreTold) {
  const std::string object = DumpJson(recorded_);
  Json short_id = recorded_, shapeless = recorded_;
  short_id["id"] = "abcdef";
  shapeless.erase("shapes");
  Write("all/a.jsonl", object + "\n{\"other\": 1}\n{\"cut\":\n" +
                           DumpJson(short_id) + "\n\n" + DumpJson(shapeless) +
                           "\n" + object.substr(0, 90));
  const auto unreadable = FindUnreadable();
  ASSERT_EQ(unreadable.size(), 4u);
  EXPECT_EQ(unreadable.at("a.jsonl:3"), "not valid JSON");
  EXPECT_NE(unreadable.at("a.jsonl:4").find("\"id\""), std::string::npos);
  EXPECT_NE(unreadable.at("a.jsonl:6").find("\"shapes\""), std::string::npos);
  EXPECT_EQ(unreadable.at("a.jsonl:7"), "not valid JSON");
}

TEST_F(FindStoredTest, ACutResultIsToldThoughItIsTheOnlyOne) {
  Write("all/line.jsonl", DumpJson(recorded_).substr(0, 40));
  Write("all/result.json", DumpPrettyJson(recorded_).substr(0, 40));
  Write("all/manifest.json", "{\"format\": 1, \"task");
  EXPECT_EQ(FindUnreadable().size(), 3u);
  Manifest exported;
  exported.evaluation = FakeAccepted(3);
  const std::string manifest = DumpPrettyJson(ToJson(exported));
  Write("all/out/manifest.json", manifest.substr(0, manifest.size() / 2));
  EXPECT_TRUE(FindUnreadable().contains("out/manifest.json"));
  const auto alone = Find("all/out", false);
  ASSERT_EQ(alone.size(), 1u);
  EXPECT_FALSE(alone[0].result);
  Json without = *ParseJson(manifest);
  without.erase("evaluation");
  Write("all/out/manifest.json", DumpJson(without));
  EXPECT_TRUE(FindUnreadable().contains("out"));
}

TEST_F(FindStoredTest, FilesOfOtherThingsHoldNoLostResults) {
  Write("all/recording.jsonl", "{\"recording\": 1}\n{\"cut");
  Write("all/gauntlet.jsonl",
        R"({"case": "A01", "status": "REJECT", "code": "OOB"})");
  Write("all/run.jsonl",
        R"({"event": "node", "id": "a", "status": "ACCEPT", "stage": "search"})");
  Write("all/broken.json", "{\"status\":");
  const auto found =
      FindStoredResults(root() / "all", true, StopCondition());
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("holds no result"), std::string::npos);
}

TEST_F(FindStoredTest, ManyBadLinesAreToldInFew) {
  std::string lines = DumpJson(recorded_) + "\n";
  for (int i = 0; i < 1000; ++i) lines += "{\n";
  Write("all/a.jsonl", lines);
  const auto unreadable = FindUnreadable();
  EXPECT_EQ(unreadable.size(), 100u);
  EXPECT_EQ(unreadable.at("a.jsonl:101"),
            "not valid JSON; and so are 900 more");
}

TEST_F(FindStoredTest, WhatCannotBeOpenedIsTold) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may open everything";
  Write("all/closed/result.json", DumpJson(recorded_));
  Write("all/result.json", DumpJson(recorded_));
  ::chmod((root() / "all/closed").c_str(), 0);
  ::chmod((root() / "all/result.json").c_str(), 0);
  const auto unreadable = FindUnreadable();
  EXPECT_TRUE(unreadable.contains("closed"));
  EXPECT_TRUE(unreadable.contains("result.json"));
  ::chmod((root() / "all/closed").c_str(), 0700);
}

TEST_F(FindStoredTest, AFileThatIsTooLargeIsTold) {
  Write("all/result.json", DumpJson(recorded_));
  std::error_code error;
  fs::resize_file(root() / "all/result.json", 65 << 20, error);
  EXPECT_TRUE(FindUnreadable().contains("result.json"));
}

}  // namespace
}  // namespace kernelevolve
