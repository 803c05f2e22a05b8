#include "core/stored_result.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

StoredResult Full() {
  StoredResult result;
  result.candidate = "results/fast.cc";
  result.task = {"softmax", std::string(64, 'd'), {"wide"}};
  result.target = "cpp@native";
  result.parameters = {{"UNROLL", "4"}};
  result.without_checks = {"poison"};
  result.machine = {"a CPU", "g++ 12", "x86_64 avx2", "torch 2.11", "0.1.0 ab"};
  result.evaluation.candidate_id = std::string(64, 'a');
  result.evaluation.status = VerdictStatus::kAccept;
  result.evaluation.code = Code::kOk;
  result.evaluation.stage = Stage::kFinal;
  result.evaluation.speedup = 2;
  return result;
}

TEST(StoredResult, SurvivesTheRoundTrip) {
  const Json sent = ToJson(Full());
  ASSERT_TRUE(IsStoredResult(sent));
  const auto back = StoredResultFromJson(*ParseJson(DumpJson(sent)));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(DumpJson(ToJson(*back)), DumpJson(sent));
  EXPECT_EQ(back->task.only_shapes, std::vector<std::string>{"wide"});
  EXPECT_EQ(back->parameters, Full().parameters);
  EXPECT_EQ(back->machine.packages, "torch 2.11");
  EXPECT_EQ(back->evaluation.stage, Stage::kFinal);
}

TEST(StoredResult, LeavesOutWhatIsNotKnown) {
  StoredResult result = Full();
  result.machine = {};
  result.without_checks = {};
  result.task.only_shapes = {};
  const Json json = ToJson(result);
  for (const char* key : {"device", "toolchain", "cpu", "packages", "judge",
                          "without_checks", "only_shapes"})
    EXPECT_FALSE(json.contains(key)) << key;
}

TEST(StoredResult, IsReadThoughItSaysLess) {
  Json json = ToJson(Full());
  for (const char* key : {"task", "target", "parameters", "device"})
    json.erase(key);
  const auto back = StoredResultFromJson(json);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->task.words, "");
  EXPECT_EQ(back->target, "");
  EXPECT_TRUE(back->parameters.empty());
}

TEST(StoredResult, TellsOtherObjectsFromItself) {
  for (const char* text :
       {"{}", "[]", "1", "\"ACCEPT\"", "null",
        R"({"event":"node","candidate":"a","status":"ACCEPT","code":"OK"})",
        R"({"case":"A01","status":"REJECT","code":"OOB","stage":"search"})"})
    EXPECT_FALSE(IsStoredResult(*ParseJson(text))) << text;
}

TEST(StoredResult, KnowsWhatHasSomeOfItsMarks) {
  EXPECT_TRUE(ResemblesStoredResult(ToJson(Full())));
  Json json = ToJson(Full());
  json["id"] = "aaaa";
  json.erase("shapes");
  EXPECT_FALSE(IsStoredResult(json));
  EXPECT_TRUE(ResemblesStoredResult(json));
  EXPECT_EQ(LackingMarks(json),
            (std::vector<std::string>{"\"id\" of 64 digits", "\"shapes\""}));
  for (const char* text :
       {R"({"id":"a","stage":"final"})", R"({"candidate":"a","status":"REJECT"})",
        R"({"status":"ACCEPT","stage":"search","shapes":[]})"})
    EXPECT_TRUE(ResemblesStoredResult(*ParseJson(text))) << text;
}

TEST(StoredResult, OtherObjectsHaveOtherMarks) {
  for (const char* text :
       {"{}", "[]", "1", "null",
        R"({"event":"node","candidate":"a","status":"ACCEPT","code":"OK"})",
        R"({"case":"A01","status":"REJECT","code":"OOB","stage":"search"})",
        R"({"id":7,"candidate":{"source":""},"stage":"search"})",
        R"({"id":"a","status":"ACCEPT","code":"OK"})",
        R"({"id":"a","stage":"build","status":"success"})"})
    EXPECT_FALSE(ResemblesStoredResult(*ParseJson(text))) << text;
}

TEST(StoredResult, RefusesVerdictsThatAreNone) {
  Json json = ToJson(Full());
  json["status"] = "WONDERFUL";
  const auto refused = StoredResultFromJson(json);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("WONDERFUL"), std::string::npos);
}

TEST(StoredResult, TakesNothingOfTheWrongType) {
  Json json = ToJson(Full());
  json["parameters"] = Json::array({1, 2});
  json["only_shapes"] = 7;
  json["task"] = Json::object();
  json["device"] = nullptr;
  const auto back = StoredResultFromJson(json);
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->parameters.empty());
  EXPECT_TRUE(back->task.only_shapes.empty());
  EXPECT_EQ(back->task.words, "");
  EXPECT_EQ(back->machine.device, "");
}

}  // namespace
}  // namespace kernelevolve
