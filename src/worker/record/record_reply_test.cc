#include "worker/record/record_reply.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "core/launch_plan_json.h"

namespace kernelevolve::worker {
namespace {

// The code and the message of what a reply is read as; "" if as a plan.
std::string Read(const Json& reply) {
  RecordedKernel recorded;
  const auto outcome = ReadRecordReply(reply, &recorded);
  EXPECT_TRUE(outcome);
  if (!outcome || !*outcome) return "";
  return std::string(CodeName((*outcome)->code)) + " " + (*outcome)->message;
}

Json EmptyPlan() { return PlanToJson({.shapes = {ShapePlan{}}}); }

TEST(RecordReplyTest, APlanWithoutLaunchesIsOne) {
  RecordedKernel recorded;
  const auto outcome = ReadRecordReply({{"ok", true},
                                        {"plan", EmptyPlan()},
                                        {"modules", Json::array()},
                                        {"log", "a\x01remark"}},
                                       &recorded);
  ASSERT_TRUE(outcome && !*outcome);
  EXPECT_EQ(recorded.plan.shapes.size(), 1u);
  EXPECT_EQ(recorded.log, "aremark");
}

TEST(RecordReplyTest, FailuresKeepTheirNames) {
  EXPECT_EQ(Read({{"ok", false}, {"code", "DELEGATION"}, {"message", "calls x"},
                  {"log", ""}}),
            "DELEGATION calls x");
  EXPECT_EQ(Read({{"ok", false}, {"code", "RESOURCE"}}),
            "RESOURCE could not be recorded");
}

TEST(RecordReplyTest, WhatHostCodeMayDoIsTold) {
  RecordedKernel recorded;
  Json reply = {{"ok", false}, {"code", "DELEGATION"}, {"no_plan", true}};
  auto outcome = ReadRecordReply(reply, &recorded);
  ASSERT_TRUE(outcome && *outcome);
  EXPECT_EQ((*outcome)->check, kNoPlanCheck);
  reply["code"] = "BUILD_FAILED";  // on a device it would be no better
  outcome = ReadRecordReply(reply, &recorded);
  ASSERT_TRUE(outcome && *outcome);
  EXPECT_NE((*outcome)->check, kNoPlanCheck);
}

TEST(RecordReplyTest, AVerdictThatIsNotARecordersIsForgery) {
  for (const char* code : {"OK", "WRONG_OUTPUT", "", "HARNESS_TAMPER"})
    EXPECT_TRUE(Read({{"ok", false}, {"code", code}}).starts_with(
        "RESULT_FORGERY")) << code;
  EXPECT_TRUE(Read(Json::array()).starts_with("RESULT_FORGERY"));
  EXPECT_TRUE(Read("ok").starts_with("RESULT_FORGERY"));
}

TEST(RecordReplyTest, ImagesMustBeImages) {
  const auto with = [](Json modules) {
    return Read({{"ok", true}, {"plan", EmptyPlan()},
                 {"modules", std::move(modules)}});
  };
  EXPECT_TRUE(with(7).starts_with("RESULT_FORGERY"));
  EXPECT_TRUE(with({7}).starts_with("RESULT_FORGERY"));
  EXPECT_TRUE(with({"!"}).starts_with("RESULT_FORGERY"));
  EXPECT_TRUE(with({EncodeBase64("no image")}).starts_with("RESULT_FORGERY"));
}

TEST(RecordReplyTest, PtxIsForEachModuleOrForNone) {
  const auto with = [](Json ptx) {
    return Read({{"ok", true}, {"plan", EmptyPlan()}, {"modules", Json::array()},
                 {"ptx", std::move(ptx)}});
  };
  EXPECT_FALSE(with(Json::array()).starts_with("RESULT_FORGERY"));
  EXPECT_TRUE(with({".version 9.0"}).starts_with("RESULT_FORGERY"));
  EXPECT_TRUE(with("").starts_with("RESULT_FORGERY"));
}

TEST(RecordReplyTest, ALaunchNeedsAKernelOfItsModule) {
  LaunchPlan plan{.shapes = {ShapePlan{}}};
  LaunchOp op;
  op.kernel = "k";
  plan.shapes[0].run.push_back(op);
  const std::string read = Read({{"ok", true}, {"plan", PlanToJson(plan)},
                                 {"modules", Json::array()}});
  EXPECT_NE(read.find("module 0 has no k"), std::string::npos) << read;
}

TEST(RecordReplyTest, WorkThatTheCallDoesNotWaitForEscapes) {
  LaunchPlan plan{.shapes = {ShapePlan{}}};
  MemsetOp op;
  op.stream = 1;
  op.to.buffer = {BufferRef::Kind::kOutput, 0};
  op.bytes = 4;
  plan.shapes[0].run.push_back(op);
  EXPECT_TRUE(Read({{"ok", true}, {"plan", PlanToJson(plan)},
                    {"modules", Json::array()}}).starts_with("ASYNC_ESCAPE"));
}

}  // namespace
}  // namespace kernelevolve::worker
