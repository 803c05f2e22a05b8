#include "worker/judge/finish.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

TEST(Finish, WhatWasComparedIsAccepted) {
  Evidence evidence;
  evidence.elements_compared = 1;
  Evaluation verdict;
  FinishEvaluation(evidence, std::nullopt, &verdict);
  EXPECT_TRUE(verdict.accepted());
  EXPECT_EQ(verdict.code, Code::kOk);
}

TEST(Finish, NothingComparedWithNothingIsNoVerdict) {
  Evaluation verdict;
  EXPECT_DEATH(FinishEvaluation(Evidence{}, std::nullopt, &verdict),
               "elements_compared");
  const Failure failure{Code::kContract, "no ke_run", "load", ""};
  FinishEvaluation(Evidence{}, failure, &verdict);
  EXPECT_EQ(verdict.code, Code::kContract);
  EXPECT_FALSE(verdict.accepted());
  Evaluation unknown;
  unknown.status = VerdictStatus::kInconclusive;
  FinishEvaluation(Evidence{}, std::nullopt, &unknown);
  EXPECT_EQ(unknown.status, VerdictStatus::kInconclusive);
}

}  // namespace
}  // namespace kernelevolve::worker
