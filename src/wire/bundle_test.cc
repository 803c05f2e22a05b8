#include "wire/bundle.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/evaluation_json.h"
#include "core/task_parser.h"
#include "wire/bundle_answers.h"

namespace kernelevolve::wire {
namespace {

EvaluateRequest SampleRequest(const std::string& source) {
  ParsedTask parsed = ParseTask({{"task.toml", R"(
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
)"},
                                 {"reference.cc", "// nothing"}});
  EXPECT_TRUE(parsed.diagnostics.empty());
  EvaluateRequest request;
  request.task = parsed.task;
  request.target = {.language = "cpp",
                    .device = "native",
                    .device_kind = "cpu",
                    .compile = {.argv = {"g++"}, .extension = ".cc"}};
  request.candidate = {"cpp", source, {}, ""};
  request.secret = "ab";
  return request;
}

class BundleTest : public testing::Test {
 protected:
  BundleTest() : folder_(*TempFolder::Create("bundle")) {
    manifest_.id = std::string(32, 'a');
    manifest_.run = "run-1";
    manifest_.number = 1;
    manifest_.target = "cpp@native";
    manifest_.device = "native";
    manifest_.device_kind = "cpu";
    EXPECT_TRUE(WriteBundle(folder_.path(), manifest_,
                            {SampleRequest("// a"), SampleRequest("// b"),
                             SampleRequest("// c")}));
  }

  Bundle Read() const {
    auto bundle = ReadBundle(folder_.path(), 1);
    EXPECT_TRUE(bundle) << bundle.error().message;
    return *std::move(bundle);
  }
  fs::path Request(const std::string& name) const {
    return RequestFolder(folder_.path(), 1) / name;
  }

  // The answer to a request of the bundle.
  static BundleAnswer AnswerTo(const Bundle& bundle, const std::string& name) {
    const EvaluateRequest& request = bundle.requests.at(name);
    Evaluation evaluation;
    evaluation.candidate_id = request.candidate.Id();
    evaluation.stage = request.stage;
    evaluation.status = VerdictStatus::kAccept;
    evaluation.code = Code::kOk;
    evaluation.speedup = 1.5;
    return {name, "a device", "a toolchain", ToJson(evaluation)};
  }
  std::string Answers(const Bundle& bundle) const {
    std::string text = HeaderLine(bundle.manifest);
    for (const auto& [name, request] : bundle.requests)
      text += AnswerLine(AnswerTo(bundle, name));
    return text + EndLine(text, bundle.requests.size());
  }
  static AnswerSheet Sheet(const std::string& text, const Bundle& bundle) {
    return ReadAnswers(text, "results", bundle, /*complete=*/true);
  }
  static void ExpectProblem(const AnswerSheet& sheet, const std::string& word) {
    std::string all;
    for (const std::string& problem : sheet.problems) all += problem + "\n";
    EXPECT_NE(all.find(word), std::string::npos) << all;
  }

  const TempFolder folder_;
  BundleManifest manifest_;
};

TEST_F(BundleTest, ArrivesAsItWasWritten) {
  const Bundle bundle = Read();
  EXPECT_TRUE(bundle.problems.empty());
  EXPECT_EQ(bundle.manifest.id, manifest_.id);
  EXPECT_EQ(bundle.manifest.run, "run-1");
  ASSERT_EQ(bundle.requests.size(), 3u);
  EXPECT_EQ(bundle.requests.at("0002.json").candidate.source, "// b");
  EXPECT_EQ(bundle.requests.at("0002.json").id, 2);
  EXPECT_EQ(BundleNumbers(folder_.path()), (std::vector<int64_t>{1}));
}

TEST_F(BundleTest, IsForItsOwnersEyesOnly) {
  struct stat status;
  ASSERT_EQ(::stat(Request("0001.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat(Request("").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(BundleTest, ANumberIsUsedOnce) {
  EXPECT_FALSE(WriteBundle(folder_.path(), manifest_, {SampleRequest("// d")}));
  EXPECT_EQ(Read().requests.size(), 3u);
  EXPECT_EQ(BundleNumbers(folder_.path()).size(), 1u);
}

TEST_F(BundleTest, AChangedRequestIsNamedAndTheOthersStay) {
  ASSERT_TRUE(WriteFileAtomic(Request("0002.json"), "{}"));
  fs::remove(Request("0003.json"));
  const Bundle bundle = Read();
  EXPECT_EQ(bundle.requests.size(), 1u);
  ASSERT_EQ(bundle.problems.size(), 2u);
  EXPECT_NE(bundle.problems[0].find("0002.json: wrong digest"),
            std::string::npos);
  EXPECT_NE(bundle.problems[1].find("0003.json"), std::string::npos);
}

TEST_F(BundleTest, ABadManifestIsRefused) {
  for (const char* text :
       {"", "[]", R"({"bundle": 2})",
        R"({"bundle": 1, "id": "x", "run": "r", "number": 1, "target": "t",
            "device": "d", "device_kind": "cpu",
            "files": {"../secret": "00"}})"}) {
    ASSERT_TRUE(WriteFileAtomic(Request("manifest.json"), text));
    const auto refused = ReadBundle(folder_.path(), 1);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
  }
}

TEST_F(BundleTest, AnswersArriveWhole) {
  const Bundle bundle = Read();
  const AnswerSheet sheet = Sheet(Answers(bundle), bundle);
  EXPECT_TRUE(sheet.ended);
  EXPECT_TRUE(sheet.problems.empty());
  ASSERT_EQ(sheet.answers.size(), 3u);
  EXPECT_EQ(sheet.answers.at("0001.json").device, "a device");
}

TEST_F(BundleTest, ATruncatedFileIsGoodUpToWhereItEnds) {
  const Bundle bundle = Read();
  const std::string text = Answers(bundle);
  const size_t second = text.find("\"0002.json\"");
  const AnswerSheet sheet = Sheet(text.substr(0, second + 20), bundle);
  EXPECT_FALSE(sheet.ended);
  EXPECT_EQ(sheet.answers.size(), 1u);
  ExpectProblem(sheet, "truncated");
  ExpectProblem(sheet, "2 of 3 candidates missing: 0002.json, 0003.json");
}

TEST_F(BundleTest, AChangedAnswerIsNotBelieved) {
  const Bundle bundle = Read();
  std::string text = Answers(bundle);
  text.replace(text.find("\"speedup\":1.5"), 13, "\"speedup\":9.5");
  const AnswerSheet sheet = Sheet(text, bundle);
  EXPECT_EQ(sheet.answers.size(), 2u);
  EXPECT_FALSE(sheet.ended);
  ExpectProblem(sheet, "results:2: wrong digest of the answer to 0001.json");
}

TEST_F(BundleTest, AnswersToAnotherBundleAreNone) {
  const Bundle bundle = Read();
  Bundle other = bundle;
  other.manifest.id = std::string(32, 'b');
  const AnswerSheet sheet = Sheet(Answers(other), bundle);
  EXPECT_TRUE(sheet.answers.empty());
  ExpectProblem(sheet, "another bundle");
}

TEST_F(BundleTest, TheFirstOfTwoAnswersCounts) {
  const Bundle bundle = Read();
  std::string text = HeaderLine(bundle.manifest);
  BundleAnswer answer = AnswerTo(bundle, "0001.json");
  text += AnswerLine(answer);
  answer.device = "another device";
  text += AnswerLine(answer);
  const AnswerSheet sheet = Sheet(text + EndLine(text, 1), bundle);
  EXPECT_EQ(sheet.answers.at("0001.json").device, "a device");
  ExpectProblem(sheet, "0001.json is answered twice");
}

TEST_F(BundleTest, AnAnswerIsAboutItsRequest) {
  const Bundle bundle = Read();
  std::string text = HeaderLine(bundle.manifest);
  BundleAnswer answer = AnswerTo(bundle, "0001.json");
  answer.request = "0002.json";
  text += AnswerLine(answer);
  answer.request = "0009.json";
  text += AnswerLine(answer);
  const AnswerSheet sheet = Sheet(text + EndLine(text, 2), bundle);
  EXPECT_TRUE(sheet.answers.empty());
  ExpectProblem(sheet, "about another candidate");
  ExpectProblem(sheet, "0009.json is no request of the bundle");
}

TEST_F(BundleTest, NonsenseIsNamedByItsLine) {
  const Bundle bundle = Read();
  EXPECT_TRUE(Sheet("no json\n", bundle).answers.empty());
  std::string text = HeaderLine(bundle.manifest) + "\x01nonsense\n" +
                     AnswerLine(AnswerTo(bundle, "0001.json"));
  const AnswerSheet sheet = Sheet(text, bundle);
  EXPECT_EQ(sheet.answers.size(), 1u);
  ExpectProblem(sheet, "results:2: no JSON");
  // A file that is still being written lacks nothing.
  EXPECT_EQ(ReadAnswers(text, "results", bundle, false).problems.size(), 1u);
}

}  // namespace
}  // namespace kernelevolve::wire
