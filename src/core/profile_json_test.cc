#include "core/profile_json.h"

#include <gtest/gtest.h>

#include "core/evaluation_json.h"
#include "core/testing/sample_profile.h"

namespace kernelevolve {
namespace {

using testing::SampleProfile;

TEST(ProfileJson, RoundTripsEveryField) {
  const Json sent = ToJson(SampleProfile());
  const auto back = ProfileFromJson(*ParseJson(DumpJson(sent)));
  ASSERT_TRUE(back);
  EXPECT_EQ(ToJson(*back), sent);
  EXPECT_TRUE(back->full);
  EXPECT_FALSE(back->roofs.cold);
  EXPECT_EQ(back->bound, BoundClass::kMemory);
  EXPECT_EQ(back->shapes[1].bound, BoundClass::kLatency);
  EXPECT_EQ(back->loops[0].mix, SampleProfile().loops[0].mix);
  EXPECT_EQ(back->loops[0].lines, SampleProfile().loops[0].lines);
  EXPECT_EQ(back->loops[0].callees, SampleProfile().loops[0].callees);
  EXPECT_EQ(back->counter("cycles"), 2e6);
  EXPECT_EQ(back->lost, SampleProfile().lost);
}

TEST(ProfileJson, CountsOfZeroAreLeftOut) {
  Profile profile = SampleProfile();
  profile.loops[0].mix = {.instructions = 3, .loads = 1};
  const Json mix = ToJson(profile)["loops"][0]["mix"];
  EXPECT_EQ(mix.size(), 2u);
  EXPECT_EQ(mix["loads"], 1);
}

TEST(ProfileJson, ARecordWithoutOneHasNone) {
  EXPECT_FALSE(ProfileFromJson(Json()));
  EXPECT_FALSE(ProfileFromJson(Json::object()));
  EXPECT_FALSE(ProfileFromJson("text"));
}

TEST(ProfileJson, WhatIsMistypedReadsAsNothing) {
  Json json = ToJson(SampleProfile());
  json["bound"] = "splendid";
  json["shapes"] = 7;
  json["loops"] = {1, {{"mix", {{"fma", -5}, {"loads", "many"}}}}};
  json["roofs"] = "high";
  json["lost"] = {1, "kept"};
  const auto read = ProfileFromJson(json);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->bound, BoundClass::kUnknown);
  EXPECT_TRUE(read->shapes.empty());
  ASSERT_EQ(read->loops.size(), 2u);
  EXPECT_EQ(read->loops[1].mix, InstructionMix());
  EXPECT_EQ(read->roofs.bytes_per_s, 0);
  EXPECT_EQ(read->lost.back(), "kept");
}

TEST(ProfileJson, TravelsWithItsEvaluation) {
  Evaluation evaluation;
  evaluation.status = VerdictStatus::kAccept;
  evaluation.code = Code::kOk;
  EXPECT_FALSE(ToJson(evaluation).contains("profile"));
  const auto before = EvaluationFromJson(ToJson(evaluation));
  ASSERT_TRUE(before);
  EXPECT_FALSE(before->profile);
  evaluation.profile = SampleProfile();
  const auto after = EvaluationFromJson(ToJson(evaluation));
  ASSERT_TRUE(after);
  ASSERT_TRUE(after->profile);
  EXPECT_EQ(ToJson(*after->profile), ToJson(SampleProfile()));
}

}  // namespace
}  // namespace kernelevolve
