// The small parts of skills: days, index, choice, files, words.
#include <gtest/gtest.h>

#include "knowledge/skills/calendar.h"
#include "knowledge/skills/skill_choice.h"
#include "knowledge/skills/skill_files.h"
#include "knowledge/skills/skill_text.h"
#include "knowledge/skills/testing/sample_skills.h"

namespace kernelevolve {
namespace {

TEST(Calendar, KnowsDays) {
  EXPECT_EQ(DayOf(0), "1970-01-01");
  EXPECT_EQ(DayOf(1'709'164'800 + 86'399), "2024-02-29");
  EXPECT_EQ(DayOf(-5), "1970-01-01");
  EXPECT_EQ(DayOf(1e300), "9999-12-31");
  EXPECT_EQ(DaysAfter("2026-12-31", 1), "2027-01-01");
  EXPECT_EQ(DaysAfter("2026-11-28", 90), "2027-02-26");
  EXPECT_TRUE(IsDay("2024-02-29"));
  for (const char* text : {"2026-02-29", "2026-1-01", "20260101", "", "x",
                           "2026-01-01 ", "2026/01/01"})
    EXPECT_FALSE(IsDay(text)) << text;
}

class SkillsTest : public testing::Test {
 protected:
  std::vector<std::string> Chosen(bool trusted, const std::string& today) {
    const Result<SkillIndex> index = SkillIndex::Load(knowledge());
    std::vector<std::string> names;
    for (const Skill* skill :
         ChooseSkills(*index, situation, {today, trusted}, 2))
      names.push_back(skill->name());
    return names;
  }
  void Write(Skill skill, SkillState state) {
    skill.state = state;
    if (state == SkillState::kReviewed) {
      skill.reviewer = "R";
      skill.reviewed = "2026-01-02";
    }
    WriteSkill(skill, knowledge());
  }
  fs::path knowledge() const { return folder_->path() / "knowledge"; }

  Situation situation{.phase = "optimize",
                      .operator_family = "softmax",
                      .target = "cpp@native"};
  using Names = std::vector<std::string>;

 private:
  Result<TempFolder> folder_ = TempFolder::Create("skills");
};

TEST_F(SkillsTest, OnlyReviewedOnesAreChosenUnlessAllAreTrusted) {
  Write(SampleSkill("new"), SkillState::kProposed);
  EXPECT_EQ(Chosen(false, "2026-06-01"), Names{});
  EXPECT_EQ(Chosen(true, "2026-06-01"), Names{"new"});
  Write(SampleSkill("new"), SkillState::kReviewed);
  EXPECT_EQ(Chosen(false, "2026-06-01"), Names{"new"});
}

TEST_F(SkillsTest, ExpiredOnesAreNeverChosen) {
  Write(SampleSkill("old"), SkillState::kReviewed);
  EXPECT_EQ(Chosen(true, "2026-12-31"), Names{"old"});
  EXPECT_EQ(Chosen(true, "2027-01-01"), Names{});
  Write(SampleSkill("old"), SkillState::kExpired);
  EXPECT_EQ(Chosen(true, "2026-06-01"), Names{});
}

TEST_F(SkillsTest, OfTheSameOperatorAndTargetTheFittestTwo) {
  Skill other = SampleSkill("other");
  other.operator_family = "matmul";
  Skill elsewhere = SampleSkill("elsewhere");
  elsewhere.target = "cuda@sm_90";
  Skill young = SampleSkill("young");
  young.created = "2026-05-01";
  Skill repairs = SampleSkill("repairs");
  repairs.document.phases = {"repair"};
  repairs.document.errors = {Code::kOob};
  for (const Skill& skill : {other, elsewhere, young, repairs, SampleSkill("b")})
    Write(skill, SkillState::kReviewed);
  EXPECT_EQ(Chosen(false, "2026-06-01"), (Names{"young", "b"}));
  situation.error = Code::kOob;
  situation.phase = "repair";
  EXPECT_EQ(Chosen(false, "2026-06-01"), (Names{"repairs", "young"}));
  situation.operator_family = "";
  EXPECT_EQ(Chosen(false, "2026-06-01"), Names{});
}

TEST_F(SkillsTest, TheIndexTellsWhatItLeavesOutAndFollowsNoLink) {
  Write(SampleSkill("good"), SkillState::kProposed);
  const fs::path skills = knowledge() / "skills";
  ASSERT_TRUE(WriteFileAtomic(skills / "bad.md", "no skill"));
  ASSERT_TRUE(WriteFileAtomic(skills / "huge.md", std::string(1 << 20, 'x')));
  fs::create_symlink(skills / "good.md", skills / "link.md");
  const Result<SkillIndex> index = SkillIndex::Load(knowledge());
  ASSERT_TRUE(index);
  ASSERT_EQ(index->skills().size(), 1u);
  EXPECT_TRUE(index->Find("good"));
  EXPECT_FALSE(index->Find("link"));
  ASSERT_EQ(index->problems().size(), 2u);
  EXPECT_EQ(index->problems()[0].file, "skills/bad.md");
  EXPECT_EQ(index->problems()[1].file, "skills/huge.md");
  EXPECT_TRUE(SkillIndex::Load(knowledge() / "none")->skills().empty());
}

TEST_F(SkillsTest, WhatIsThereIsNotReplaced) {
  const fs::path skills = knowledge() / "skills";
  const auto first = WriteSkills({SampleSkill("a")}, skills);
  ASSERT_TRUE(first && first->size() == 1);
  EXPECT_TRUE((*first)[0].fresh);
  ASSERT_TRUE(ReviewSkill(knowledge(), "a", "R", "2026-01-05"));
  const auto second = WriteSkills({SampleSkill("a")}, skills);
  EXPECT_FALSE((*second)[0].fresh);
  EXPECT_EQ(SkillIndex::Load(knowledge())->Find("a")->state,
            SkillState::kReviewed);
}

TEST_F(SkillsTest, ReviewAndExpireChangeTheFile) {
  Write(SampleSkill("a"), SkillState::kProposed);
  ASSERT_TRUE(ReviewSkill(knowledge(), "a", "A\nReader", "2026-01-05"));
  const Skill reviewed = *SkillIndex::Load(knowledge())->Find("a");
  EXPECT_EQ(reviewed.reviewer, "A Reader");
  EXPECT_EQ(reviewed.reviewed, "2026-01-05");
  ASSERT_TRUE(ExpireSkill(knowledge(), "a"));
  EXPECT_EQ(SkillIndex::Load(knowledge())->Find("a")->state,
            SkillState::kExpired);
  EXPECT_FALSE(ExpireSkill(knowledge(), "a"));
  EXPECT_FALSE(ReviewSkill(knowledge(), "a", "R", "2026-01-05"));
}

TEST_F(SkillsTest, ANameIsNoPathAndDatesAreKept) {
  Write(SampleSkill("a"), SkillState::kProposed);
  const auto elsewhere = ReviewSkill(knowledge(), "../skills/a", "R",
                                     "2026-01-05");
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code, ErrorCode::kBadInput);
  EXPECT_FALSE(ReviewSkill(knowledge(), "a", "R", "2027-01-01"));
  EXPECT_FALSE(ReviewSkill(knowledge(), "a", " ", "2026-01-05"));
}

TEST(SkillText, LinesAreCappedAndClean) {
  EXPECT_EQ(CappedLine(" a\nb\x1b[31m\tc ", 80), "a b[31m c");
  EXPECT_EQ(CappedLine(std::string(500, 'x'), 20), std::string(20, 'x'));
  EXPECT_EQ(CappedLine("\xe2\x82\xac\xe2\x82\xac", 4), "\xe2\x82\xac");
  const std::string provenance = ProvenanceText(SampleSkill("a"));
  EXPECT_NE(provenance.find("node 7 (1.5x [1.4, 1.6] at the final stage)"),
            std::string::npos)
      << provenance;
  EXPECT_NE(provenance.find("node 9 (rejected, OOB)"), std::string::npos);
  EXPECT_NE(provenance.find("nobody has reviewed it"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve
