#include "wire/messages.h"

#include <gtest/gtest.h>

#include "core/task_parser.h"

namespace kernelevolve::wire {
namespace {

constexpr const char* kTaskToml = R"(
name = "copy"
dims = ["n"]
[[inputs]]
name = "x"
dtype = "f32"
shape = ["n"]
[[outputs]]
name = "y"
dtype = "f32"
shape = ["n"]
[[shapes]]
name = "small"
n = 8
[domain]
n = [1, 64]
[reference]
cpp = "reference.cc"
)";

Task CopyTask() {
  ParsedTask parsed =
      ParseTask({{"task.toml", kTaskToml}, {"reference.cc", "// \xe4 latin"}});
  EXPECT_TRUE(parsed.diagnostics.empty());
  return parsed.task;
}

Target NativeTarget() {
  return {.language = "cpp",
          .device = "native",
          .device_kind = "cpu",
          .compile = {.argv = {"g++", "{source}"},
                      .extension = ".cc",
                      .timeout_s = 7,
                      .memory_mb = 8,
                      .artefact_mb = 9,
                      .precompile = {"-x", "c++-header"}}};
}

EvaluateRequest SomeRequest() {
  return {.id = 42,
          .task = CopyTask(),
          .target = NativeTarget(),
          .candidate = {.language = "cpp",
                        .source = "int x;",
                        .parameters = {{"B", "8"}},
                        .label = "x.cc"},
          .stage = Stage::kConfirm,
          .secret = "ab",
          .disabled_checks = {"guards"},
          .explain = true,
          .build_only = true};
}

// As it arrives: through text.
Json Sent(const Json& json) { return *ParseJson(DumpJson(json)); }

TEST(Messages, HelloRoundTrips) {
  const Hello hello{.version = "0.1",
                    .capabilities = {"evaluate"},
                    .sandbox = {{"seccomp", false, "no kernel support"}},
                    .device = "CPU",
                    .toolchain = "g++ 12"};
  const auto back = HelloFromJson(Sent(ToJson(hello)));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->protocol, kProtocolVersion);
  EXPECT_EQ(back->capabilities, hello.capabilities);
  ASSERT_EQ(back->sandbox.size(), 1u);
  EXPECT_EQ(back->sandbox[0].detail, "no kernel support");
  EXPECT_FALSE(back->sandbox[0].working);
  EXPECT_EQ(back->toolchain, "g++ 12");
}

TEST(Messages, HelloOfAnotherProtocolIsReadForItsNumberOnly) {
  const auto back =
      HelloFromJson(Json{{"type", "hello"}, {"protocol", 99}, {"news", 1}});
  ASSERT_TRUE(back);
  EXPECT_EQ(back->protocol, 99);
}

TEST(Messages, EvaluateRequestRoundTripsByteForByte) {
  EvaluateRequest request = SomeRequest();
  request.candidate.source = std::string("// \xff\xfe not UTF-8\0", 16);
  const auto back = EvaluateRequestFromJson(Sent(ToJson(request)));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->id, 42);
  EXPECT_EQ(back->task.Digest(), request.task.Digest());
  EXPECT_EQ(back->task.files.at("reference.cc"), "// \xe4 latin");
  EXPECT_EQ(back->candidate.Id(), request.candidate.Id());
  EXPECT_EQ(back->candidate.label, "x.cc");
  EXPECT_EQ(back->target.compile.argv, request.target.compile.argv);
  EXPECT_EQ(back->target.compile.precompile, request.target.compile.precompile);
  EXPECT_EQ(back->target.compile.memory_mb, 8);
  EXPECT_EQ(back->stage, Stage::kConfirm);
  EXPECT_EQ(back->disabled_checks, request.disabled_checks);
  EXPECT_TRUE(back->explain);
  EXPECT_TRUE(back->build_only);
}

TEST(Messages, AnEngineThatKnowsNoProfilesAsksForNone) {
  Json json = ToJson(SomeRequest());
  json.erase("explain");
  json.erase("build_only");
  const auto read = EvaluateRequestFromJson(json);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_FALSE(read->explain);
  EXPECT_FALSE(read->build_only);
}

TEST(Messages, EachMissingFieldIsNamed) {
  const Json whole = ToJson(SomeRequest());
  for (const auto& [key, value] : whole.items()) {
    if (key == "explain" || key == "build_only") continue;
    Json broken = whole;
    broken.erase(key);
    const auto read = EvaluateRequestFromJson(broken);
    ASSERT_FALSE(read) << key;
    EXPECT_EQ(read.error().code, ErrorCode::kBadInput);
    EXPECT_NE(read.error().message.find("\"" + key + "\""), std::string::npos)
        << read.error().message;
  }
}

TEST(Messages, ABadTaskIsRefusedWithItsFirstMistake) {
  Json json = ToJson(SomeRequest());
  json["task"]["files"][1]["contents"] = "name = 3";
  const auto read = EvaluateRequestFromJson(json);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("task.toml:1: name"), std::string::npos)
      << read.error().message;
}

TEST(Messages, CheckTaskAndFindingsRoundTrip) {
  const auto request = CheckTaskRequestFromJson(
      Sent(ToJson(CheckTaskRequest{7, CopyTask(), NativeTarget()})));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->id, 7);
  const Json answer =
      Sent(FindingsMessage(7, {{true, "null candidate: zeros", "rejected"}}));
  EXPECT_EQ(MessageType(answer), "result");
  EXPECT_EQ(MessageId(answer), 7);
  const auto findings = TaskFindingsFromJson(answer["findings"]);
  ASSERT_TRUE(findings);
  ASSERT_EQ(findings->size(), 1u);
  EXPECT_TRUE(findings->front().ok);
  EXPECT_EQ(findings->front().check, "null candidate: zeros");
}

TEST(Messages, ErrorsKeepCodeAndRetryability) {
  const Error error{ErrorCode::kMissing, "no g++", true};
  const Error back = ErrorFromJson(Sent(ErrorMessage(3, error)));
  EXPECT_EQ(back.code, ErrorCode::kMissing);
  EXPECT_EQ(back.message, "no g++");
  EXPECT_TRUE(back.retryable);
  EXPECT_EQ(ErrorFromJson(Json::object()).code, ErrorCode::kInfrastructure);
}

TEST(Messages, NoRequestIsReadFromAnotherType) {
  EXPECT_FALSE(EvaluateRequestFromJson(ToJson(Hello{})));
  EXPECT_FALSE(HelloFromJson(ToJson(SomeRequest())));
  EXPECT_FALSE(EvaluateRequestFromJson(Json::array()));
  EXPECT_FALSE(CheckTaskRequestFromJson(Json(3)));
}

}  // namespace
}  // namespace kernelevolve::wire
