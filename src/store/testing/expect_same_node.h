// For tests only: needs GoogleTest.
#pragma once

#include <gtest/gtest.h>

#include "base/json.h"
#include "core/evaluation_json.h"
#include "core/node.h"

namespace kernelevolve {

inline void ExpectSameNode(const Node& found, const Node& expected) {
  EXPECT_EQ(found.id, expected.id);
  EXPECT_EQ(found.parents, expected.parents);
  EXPECT_EQ(found.kind, expected.kind);
  EXPECT_EQ(found.candidate.Id(), expected.candidate.Id());
  EXPECT_EQ(found.candidate.language, expected.candidate.language);
  EXPECT_EQ(found.candidate.source, expected.candidate.source);
  EXPECT_EQ(found.candidate.parameters, expected.candidate.parameters);
  EXPECT_EQ(found.candidate.label, expected.candidate.label);
  EXPECT_EQ(found.origin, expected.origin);
  EXPECT_EQ(found.description, expected.description);
  EXPECT_EQ(found.fitness, expected.fitness);
  EXPECT_EQ(found.draft_index, expected.draft_index);
  EXPECT_EQ(found.created_wall_s, expected.created_wall_s);
  EXPECT_EQ(DumpJson(ToJson(found.evaluation)),
            DumpJson(ToJson(expected.evaluation)));
  EXPECT_EQ(found.evaluation.process_log_ratios,
            expected.evaluation.process_log_ratios);
}

}  // namespace kernelevolve
