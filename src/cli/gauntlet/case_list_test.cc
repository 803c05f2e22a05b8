#include "cli/gauntlet/case_list.h"

#include <gtest/gtest.h>

namespace kernelevolve::cli {
namespace {

constexpr const char* kGood = R"([[cases]]
name   = "A01_noop"
kind   = "adversarial"
says   = "does nothing"
task   = "gemm"
cpp    = "cpp/A01_noop.cc"
cuda   = "cuda/A01_noop.cu"
status = "REJECT"
codes  = ["OUTPUT_NOT_WRITTEN", "UNINIT"]
check  = "poison"

[[cases]]
name      = "A16_tf32"
kind      = "adversarial"
says      = "needs tensor cores"
elsewhere = "needs a GPU"
status    = "REJECT"
codes     = ["PRECISION"]

[[cases]]
name    = "N2_wait_5"
kind    = "note"
says    = "waits"
task    = "rowsum"
cpp     = "cpp/N2_wait_5.cc"
stage   = "final"
status  = "ACCEPT"
also    = ["INCONCLUSIVE"]
needs   = ["/usr/lib/a.so", "/usr/lib/b.so"]
busy    = 2
speedup = { contains = 1, half_width = 0.02, low_at_most = 1.03, high_below = 1.1, at_least = 0.5, below = "A01_noop" }
)";

// The mistakes of a list of one case; "" if there is none. Each line stands for
// a key of the good case, or adds one.
std::string MistakesOf(std::map<std::string, std::string> changes) {
  std::map<std::string, std::string> keys = {
      {"name", "\"A01_noop\""},      {"kind", "\"honest\""},
      {"says", "\"does nothing\""},  {"task", "\"gemm\""},
      {"cpp", "\"cpp/A01_noop.cc\""}, {"status", "\"REJECT\""},
      {"codes", "[\"OOB\"]"}};
  for (auto& [key, value] : changes) keys[key] = value;
  std::string text = "[[cases]]\n";
  for (const auto& [key, value] : keys)
    if (!value.empty()) text += key + " = " + value + "\n";
  const auto cases = ParseCases(text, "list.toml");
  return cases ? "" : cases.error().message;
}

void ExpectSays(const std::string& message, const std::string& part) {
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(CaseList, EveryKeyIsRead) {
  const auto cases = ParseCases(kGood, "list.toml");
  ASSERT_TRUE(cases) << cases.error().message;
  ASSERT_EQ(cases->size(), 3u);
  const GauntletCase& noop = (*cases)[0];
  EXPECT_EQ(noop.name, "A01_noop");
  EXPECT_EQ(noop.Line(), "A01");
  EXPECT_EQ(noop.kind, CaseKind::kAdversarial);
  EXPECT_EQ(noop.task, "gemm");
  EXPECT_EQ(noop.kernels.at("cpp"), "cpp/A01_noop.cc");
  EXPECT_EQ(noop.kernels.at("cuda"), "cuda/A01_noop.cu");
  EXPECT_EQ(noop.stage, Stage::kSearch);
  EXPECT_EQ(noop.codes, (std::vector{Code::kOutputNotWritten, Code::kUninit}));
  EXPECT_EQ(noop.check, "poison");
  EXPECT_TRUE((*cases)[1].kernels.empty());
  EXPECT_EQ((*cases)[1].elsewhere, "needs a GPU");
  const GauntletCase& wait = (*cases)[2];
  EXPECT_EQ(wait.stage, Stage::kFinal);
  EXPECT_EQ(wait.also, std::vector{VerdictStatus::kInconclusive});
  EXPECT_EQ(wait.needs.size(), 2u);
  EXPECT_EQ(wait.busy, 2);
  EXPECT_EQ(wait.speedup.contains, 1);
  EXPECT_EQ(wait.speedup.half_width, 0.02);
  EXPECT_EQ(wait.speedup.low_at_most, 1.03);
  EXPECT_EQ(wait.speedup.high_below, 1.1);
  EXPECT_EQ(wait.speedup.at_least, 0.5);
  EXPECT_EQ(wait.speedup.below, "A01_noop");
}

TEST(CaseList, MistakesAreNamedByLineAndKey) {
  EXPECT_EQ(MistakesOf({}), "");
  ExpectSays(MistakesOf({{"name", "\"noop\""}}), "cases[0].name: found \"noop\"");
  ExpectSays(MistakesOf({{"kind", "\"evil\""}}), "adversarial, honest or note");
  ExpectSays(MistakesOf({{"says", ""}}), "cases[0].says: found nothing");
  ExpectSays(MistakesOf({{"task", "\"../gemm\""}}), "the name of a task");
  ExpectSays(MistakesOf({{"cpp", "\"/etc/passwd\""}}), "within the folder");
  ExpectSays(MistakesOf({{"cpp", ""}}), "`elsewhere`");
  ExpectSays(MistakesOf({{"status", "\"WRONG\""}}), "cases[0].status");
  ExpectSays(MistakesOf({{"codes", "[\"OOPS\"]"}}), "found \"OOPS\"");
  ExpectSays(MistakesOf({{"codes", ""}}), "at least one code");
  ExpectSays(MistakesOf({{"also", "[\"OK\"]"}}), "cases[0].also");
  ExpectSays(MistakesOf({{"check", "\"poison\""}, {"status", "\"ACCEPT\""}}),
             "only a REJECT needs one");
  ExpectSays(MistakesOf({{"stage", "\"last\""}}), "search, confirm or final");
  ExpectSays(MistakesOf({{"stagee", "\"final\""}}), "expected \"stage\"");
  ExpectSays(MistakesOf({{"busy", "1000"}}), "from 0 to 64");
  ExpectSays(MistakesOf({{"speedup", "{ below = \"A07_x\" }"}}),
             "an earlier case");
  ExpectSays(MistakesOf({{"speedup", "{ belov = \"A07_x\" }"}}), "\"below\"");
}

TEST(CaseList, ThereIsACaseAndNoneTwice) {
  const auto none = ParseCases("", "list.toml");
  ASSERT_FALSE(none);
  ExpectSays(none.error().message, "list.toml:1: cases: found nothing");
  const auto twice = ParseCases(std::string(kGood) + kGood, "list.toml");
  ASSERT_FALSE(twice);
  ExpectSays(twice.error().message, "a name of its own");
  const auto broken = ParseCases("[[cases]\n", "list.toml");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kBadInput);
}

TEST(CaseList, CasesAreChosenByNameOrLine) {
  const auto cases = ParseCases(kGood, "list.toml");
  ASSERT_TRUE(cases);
  EXPECT_EQ(SelectCases(*cases, {})->size(), 3u);
  const auto chosen = SelectCases(*cases, {"N2", "A01_noop"});
  ASSERT_TRUE(chosen);
  ASSERT_EQ(chosen->size(), 2u);
  EXPECT_EQ((*chosen)[0].name, "A01_noop");
  const auto unknown = SelectCases(*cases, {"A01_noob"});
  ASSERT_FALSE(unknown);
  ExpectSays(unknown.error().message, "did you mean A01_noop?");
}

}  // namespace
}  // namespace kernelevolve::cli
