// Candidate, verdict, stage, node: small values and their names.
#include <gtest/gtest.h>

#include "core/candidate.h"
#include "core/evaluation.h"
#include "core/node.h"
#include "core/verdict.h"

namespace kernelevolve {
namespace {

TEST(Candidate, IdDependsOnContentAlone) {
  const Candidate a{"cpp", "int x;", {{"B", "8"}}, "label"};
  Candidate b = a;
  b.label = "other";
  EXPECT_EQ(a.Id(), b.Id());
  EXPECT_EQ(a.Id().size(), 64u);
  EXPECT_EQ(ShortId(a.Id()), a.Id().substr(0, 12));
  b.parameters["B"] = "9";
  EXPECT_NE(a.Id(), b.Id());
}

TEST(Candidate, FieldsDoNotRunIntoEachOther) {
  const Candidate a{"cpp", "x1:y", {}, ""};
  const Candidate b{"cpp", "x", {{"y", ""}}, ""};
  const Candidate c{"cpp", "x", {{"", "y"}}, ""};
  EXPECT_NE(a.Id(), b.Id());
  EXPECT_NE(b.Id(), c.Id());
}

TEST(Verdict, EveryCodeHasANameThatReadsBack) {
  for (int i = 0; i <= static_cast<int>(Code::kWorkerLost); ++i) {
    const auto code = static_cast<Code>(i);
    EXPECT_EQ(ParseCode(CodeName(code)), code) << i;
  }
  EXPECT_EQ(CodeName(Code::kOob), "OOB");
  EXPECT_EQ(CodeName(Code::kWorkerLost), "WORKER_LOST");
  EXPECT_EQ(ParseCode("oob"), std::nullopt);
}

TEST(Verdict, StatusesReadBack) {
  for (const auto status :
       {VerdictStatus::kAccept, VerdictStatus::kReject,
        VerdictStatus::kInconclusive, VerdictStatus::kHarnessError})
    EXPECT_EQ(ParseStatus(StatusName(status)), status);
  EXPECT_EQ(ParseStatus(""), std::nullopt);
}

TEST(Names, StagesAndKindsReadBack) {
  for (const auto stage : {Stage::kSearch, Stage::kConfirm, Stage::kFinal})
    EXPECT_EQ(ParseStage(StageName(stage)), stage);
  for (const auto kind :
       {NodeKind::kSeed, NodeKind::kDraft, NodeKind::kExpand, NodeKind::kTune})
    EXPECT_EQ(ParseNodeKind(NodeKindName(kind)), kind);
  EXPECT_EQ(ParseStage("last"), std::nullopt);
  EXPECT_EQ(ParseNodeKind("leaf"), std::nullopt);
}

}  // namespace
}  // namespace kernelevolve
