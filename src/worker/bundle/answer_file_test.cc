#include "worker/bundle/answer_file.h"

#include <gtest/gtest.h>

#include "core/evaluation_json.h"

namespace kernelevolve::worker {
namespace {

class AnswerFileTest : public testing::Test {
 protected:
  AnswerFileTest() : folder_(*TempFolder::Create("answers")) {
    bundle_.manifest.id = std::string(32, 'a');
    bundle_.manifest.number = 1;
    for (const char* name : {"0001.json", "0002.json"})
      bundle_.requests[name].candidate = {"cpp", name, {}, ""};
  }
  AnswerFile Open() {
    auto file = AnswerFile::Open(folder_.path(), bundle_);
    EXPECT_TRUE(file) << file.error().message;
    return *std::move(file);
  }
  wire::BundleAnswer AnswerTo(const std::string& name) const {
    Evaluation evaluation;
    evaluation.candidate_id = bundle_.requests.at(name).candidate.Id();
    evaluation.status = VerdictStatus::kAccept;
    evaluation.code = Code::kOk;
    return {name, "a device", "a toolchain", ToJson(evaluation)};
  }
  fs::path partial() const { return wire::PartialFile(folder_.path(), 1); }
  fs::path result() const { return wire::ResultFile(folder_.path(), 1); }

  const TempFolder folder_;
  wire::Bundle bundle_;
};

TEST_F(AnswerFileTest, EndsUnderItsFinalName) {
  AnswerFile file = Open();
  ASSERT_TRUE(file.Add(AnswerTo("0001.json")));
  ASSERT_TRUE(file.Add(AnswerTo("0002.json")));
  EXPECT_EQ(file.accepted(), 2);
  ASSERT_TRUE(file.Finish());
  EXPECT_FALSE(fs::exists(partial()));
  const auto sheet =
      wire::ReadAnswers(*ReadFile(result()), "results", bundle_, true);
  EXPECT_TRUE(sheet.ended);
  EXPECT_TRUE(sheet.problems.empty());
}

TEST_F(AnswerFileTest, GoesOnAfterWhatAKilledProcessLeft) {
  {
    AnswerFile file = Open();
    ASSERT_TRUE(file.Add(AnswerTo("0001.json")));
  }
  const std::string whole = *ReadFile(partial());
  ASSERT_TRUE(WriteFileAtomic(partial(), whole + R"({"request": "00)"));
  AnswerFile file = Open();
  EXPECT_EQ(file.answered(), std::set<std::string>{"0001.json"});
  EXPECT_EQ(file.problems().size(), 1u);
  EXPECT_EQ(*ReadFile(partial()), whole);
  ASSERT_TRUE(file.Add(AnswerTo("0002.json")));
  ASSERT_TRUE(file.Finish());
  EXPECT_TRUE(wire::ReadAnswers(*ReadFile(result()), "results", bundle_, true)
                  .problems.empty());
}

TEST_F(AnswerFileTest, WhatIsOfAnotherBundleIsNotKept) {
  wire::Bundle other = bundle_;
  other.manifest.id = std::string(32, 'b');
  ASSERT_TRUE(WriteFileAtomic(
      partial(), wire::HeaderLine(other.manifest) +
                     wire::AnswerLine(AnswerTo("0001.json"))));
  AnswerFile file = Open();
  EXPECT_TRUE(file.answered().empty());
  EXPECT_EQ(*ReadFile(partial()), wire::HeaderLine(bundle_.manifest));
}

TEST_F(AnswerFileTest, IsForOneProcessAtATime) {
  const AnswerFile file = Open();
  const auto second = AnswerFile::Open(folder_.path(), bundle_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace kernelevolve::worker
