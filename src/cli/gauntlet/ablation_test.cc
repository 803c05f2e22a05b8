#include "cli/gauntlet/ablation.h"

#include <gtest/gtest.h>

#include <set>

#include "base/text.h"

namespace kernelevolve::cli {
namespace {

Evaluation Refused(const std::string& check) {
  Evaluation verdict;
  verdict.status = VerdictStatus::kReject;
  verdict.code = Code::kWrongOutput;
  verdict.failed_check = check;
  return verdict;
}

Evaluation Accepted() {
  Evaluation verdict;
  verdict.status = VerdictStatus::kAccept;
  return verdict;
}

// A judge with these checks, in order, each of which catches the case.
JudgeWithout JudgeOf(std::vector<std::string> checks) {
  return [checks](const std::vector<std::string>& off) -> Result<Evaluation> {
    const std::set<std::string> without(off.begin(), off.end());
    if (without.count("run")) return BadInput("no check is called run");
    for (const std::string& check : checks)
      if (!without.count(check)) return Refused(check);
    return Accepted();
  };
}

AblatedCase RowOf(const std::vector<std::string>& checks) {
  GauntletCase one;
  one.name = "A01_noop";
  const auto judge = JudgeOf(checks);
  return *Ablate(one, *judge({}), judge);
}

TEST(Ablation, WhatCatchesACaseIsFoundLayerByLayer) {
  const AblatedCase row = RowOf({"poison", "compare"});
  EXPECT_EQ(row.caught_by, (std::vector<std::string>{"poison", "compare"}));
  EXPECT_TRUE(row.gets_through);
  EXPECT_EQ(row.OnlyCaughtBy(), "");
  EXPECT_EQ(RowOf({"poison"}).OnlyCaughtBy(), "poison");
}

TEST(Ablation, SomeThingsCannotBeSwitchedOff) {
  const AblatedCase row = RowOf({"poison", "run"});
  EXPECT_FALSE(row.gets_through);
  EXPECT_EQ(row.ended, "run cannot be switched off");
  GauntletCase one;
  const auto same = Ablate(one, Refused("poison"),
                           [](const auto&) -> Result<Evaluation> {
                             return Refused("poison");
                           });
  EXPECT_EQ(same->ended, "WRONG_OUTPUT all the same");
}

TEST(Ablation, TheListMayNameTheCheckThatACaseNeeds) {
  GauntletCase one;
  one.check = "input_families";
  const auto judge = [](const std::vector<std::string>& off) -> Result<Evaluation> {
    const std::set<std::string> without(off.begin(), off.end());
    return without.count("input_families") ? Accepted() : Refused("compare");
  };
  EXPECT_EQ(Ablate(one, Refused("compare"), judge)->OnlyCaughtBy(),
            "input_families");
}

TEST(Ablation, OnlyTheUserStopsIt) {
  GauntletCase one;
  const auto fails = [&](ErrorCode code) {
    return Ablate(one, Refused("poison"), [code](const auto&) -> Result<Evaluation> {
      return Fail(code, "lost");
    });
  };
  EXPECT_EQ(fails(ErrorCode::kInfrastructure)->ended, "lost");
  EXPECT_FALSE(fails(ErrorCode::kInterrupted));
}

TEST(Ablation, TheMatrixNamesChecksThatProveNothing) {
  const AblationMatrix matrix({"poison", "compare", "growth"},
                              {RowOf({"poison"}), RowOf({"compare", "poison"})});
  const Json json = matrix.ToJson();
  EXPECT_EQ(json["idle"], (Json{"compare", "growth"}));
  EXPECT_EQ(json["checks"][0]["alone_for"], Json{"A01_noop"});
  EXPECT_EQ(json["checks"][1]["first_for"], Json{"A01_noop"});
  EXPECT_NE(matrix.Text().find("for want of: compare, growth"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::cli
