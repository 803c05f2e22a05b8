#include "core/evaluation_json.h"

#include <gtest/gtest.h>

#include <limits>

namespace kernelevolve {
namespace {

Evaluation Full() {
  Evaluation evaluation;
  evaluation.candidate_id = std::string(64, 'a');
  evaluation.status = VerdictStatus::kAccept;
  evaluation.code = Code::kOk;
  evaluation.secondary = {Code::kNondet, Code::kWarmupGaming};
  evaluation.failed_check = "compare";
  evaluation.message = "fine";
  evaluation.tier = 'K';
  evaluation.stage = Stage::kFinal;
  evaluation.baseline = "onednn";
  evaluation.speedup = 2.5;
  evaluation.speedup_ci = {2.4, 2.6};
  evaluation.shapes = {{.name = "square",
                        .time_us = 10,
                        .ci_us = {9, 11},
                        .speedup = 2.5,
                        .speedup_ci = {2.4, 2.6},
                        .speed_of_light = 0.7,
                        .bound_us = 7,
                        .weight = 2,
                        .panel = {{"reference", 50}, {"onednn", 25}}}};
  evaluation.phases = {1, 2, 3, 4, 5, 6, 7, 8};
  evaluation.metrics = {{"elements compared", 1e6, ""}};
  evaluation.notes = {"no sandbox"};
  evaluation.log = "warning: …";
  evaluation.process_log_ratios = {0.9, 0.92};
  evaluation.decision = Decision::kFaster;
  evaluation.environment = {{"kernel", "6.18"}, {"load_before", 2.5}};
  return evaluation;
}

TEST(EvaluationJson, RoundTripsEveryField) {
  const Json sent = ToJson(Full());
  const auto back = EvaluationFromJson(*ParseJson(DumpJson(sent)));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(ToJson(*back), sent);
  EXPECT_EQ(back->shapes[0].panel[1].name, "onednn");
  EXPECT_EQ(back->secondary, Full().secondary);
  EXPECT_EQ(back->tier, 'K');
  EXPECT_EQ(back->phases.kernel, 7);
  EXPECT_EQ(back->decision, Decision::kFaster);
  EXPECT_EQ(sent["decision"], "faster");
  EXPECT_EQ(sent["environment"]["load_before"], 2.5);
  EXPECT_EQ(std::get<std::string>(back->environment[0].value), "6.18");
}

TEST(EvaluationJson, PublicKeys) {
  const Json json = ToJson(Full());
  for (const char* key :
       {"candidate", "id", "status", "code", "message", "tier", "baseline",
        "speedup", "speedup_ci", "shapes", "phases_ms"})
    EXPECT_TRUE(json.contains(key)) << key;
  const Json& shape = json["shapes"][0];
  for (const char* key :
       {"name", "time_us", "ci_us", "speedup", "speed_of_light", "panel"})
    EXPECT_TRUE(shape.contains(key)) << key;
  EXPECT_EQ(shape["panel"]["onednn"]["time_us"], 25);
  for (const char* key :
       {"build", "correctness", "timing", "profile", "device_exclusive"})
    EXPECT_TRUE(json["phases_ms"].contains(key)) << key;
  EXPECT_EQ(json["status"], "ACCEPT");
}

TEST(EvaluationJson, CandidateIsLabelOrShortId) {
  EXPECT_EQ(ToJson(Full())["candidate"], std::string(12, 'a'));
  EXPECT_EQ(ToJson(Full(), "fast.cc")["candidate"], "fast.cc");
  EXPECT_EQ(ToJson(Full(), "fast.cc")["id"], std::string(64, 'a'));
}

TEST(EvaluationJson, UnknownNamesAreRefused) {
  for (const char* key : {"status", "code", "stage"}) {
    Json json = ToJson(Full());
    json[key] = "SPLENDID";
    const auto read = EvaluationFromJson(json);
    ASSERT_FALSE(read) << key;
    EXPECT_NE(read.error().message.find(key), std::string::npos);
    json.erase(key);
    EXPECT_FALSE(EvaluationFromJson(json)) << key;
  }
  EXPECT_FALSE(EvaluationFromJson(Json::array()));
}

TEST(EvaluationJson, WrongTypesReadAsNothing) {
  Json json = ToJson(Full());
  json["shapes"] = "none";
  json["speedup"] = "fast";
  json["notes"] = {1, "kept"};
  json["speedup_ci"] = {1, 2, 3};
  json["decision"] = "splendid";
  json["environment"] = {{"kept", 1}, {"dropped", {1, 2}}};
  const auto read = EvaluationFromJson(json);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->shapes.empty());
  EXPECT_EQ(read->speedup, 0);
  EXPECT_EQ(read->notes.back(), "kept");
  EXPECT_FALSE(read->decision);
  ASSERT_EQ(read->environment.size(), 1u);
  EXPECT_EQ(read->speedup_ci, (Interval{0, 0}));
}

TEST(EvaluationJson, WhatJsonCannotSayReadsAsNone) {
  Evaluation evaluation = Full();
  evaluation.speedup = std::numeric_limits<double>::infinity();
  evaluation.message = "bad \xff byte";
  const auto back =
      EvaluationFromJson(*ParseJson(DumpJson(ToJson(evaluation))));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->speedup, 0);
  EXPECT_EQ(back->message, "bad \xef\xbf\xbd byte");
}

}  // namespace
}  // namespace kernelevolve
