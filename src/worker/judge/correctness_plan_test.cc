#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "worker/judge/correctness.h"
#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

class CorrectnessPlanTest : public ::testing::Test {
 protected:
  CorrectnessPlan At(Stage stage, const std::string& secret = "secret") const {
    return PlanCorrectness(task_, "cpu", stage, secret);
  }
  static bool Has(const CorrectnessPlan& plan, InputFamily family) {
    return std::count(plan.families.begin(), plan.families.end(), family) > 0;
  }

  Task task_ = testing::OneInputTask("f32", "normal(0, 1)");
};

TEST_F(CorrectnessPlanTest, EveryListedShapeIsTried) {
  const CorrectnessPlan plan = At(Stage::kSearch);
  ASSERT_EQ(plan.listed.size(), 1u);
  EXPECT_EQ(plan.listed[0].name, "listed");
}

TEST_F(CorrectnessPlanTest, LaterStagesTryMore) {
  const auto search = At(Stage::kSearch), confirm = At(Stage::kConfirm),
             final = At(Stage::kFinal);
  EXPECT_LT(search.held_out.size(), confirm.held_out.size());
  EXPECT_LT(confirm.held_out.size(), final.held_out.size());
  EXPECT_LT(search.declared_trials, confirm.declared_trials);
  EXPECT_LT(search.sweep_calls, final.sweep_calls);
}

TEST_F(CorrectnessPlanTest, OneFamilyIsKeptForTheFinal) {
  EXPECT_FALSE(Has(At(Stage::kSearch), InputFamily::kOutlier));
  EXPECT_FALSE(Has(At(Stage::kConfirm), InputFamily::kOutlier));
  EXPECT_TRUE(Has(At(Stage::kFinal), InputFamily::kOutlier));
}

TEST_F(CorrectnessPlanTest, SortedInputsComeAfterTheSearch) {
  EXPECT_FALSE(Has(At(Stage::kSearch), InputFamily::kDescending));
  EXPECT_TRUE(Has(At(Stage::kConfirm), InputFamily::kDescending));
  EXPECT_FALSE(Has(At(Stage::kConfirm), InputFamily::kAscending));
  EXPECT_TRUE(Has(At(Stage::kFinal), InputFamily::kAscending));
}

TEST_F(CorrectnessPlanTest, HeldOutShapesFollowTheSecret) {
  const auto dims = [](const CorrectnessPlan& plan) {
    std::vector<int64_t> all;
    for (const ShapeCase& shape : plan.held_out) all.push_back(shape.dims.at("n"));
    return all;
  };
  EXPECT_EQ(dims(At(Stage::kFinal)), dims(At(Stage::kFinal)));
  EXPECT_NE(dims(At(Stage::kFinal)), dims(At(Stage::kFinal, "another")));
}

TEST_F(CorrectnessPlanTest, ProbesGetTheLargestHeldOutShape) {
  const CorrectnessPlan plan = At(Stage::kFinal);
  for (const ShapeCase& shape : plan.held_out)
    EXPECT_LE(shape.dims.at("n"), plan.held_out[0].dims.at("n"));
}

TEST_F(CorrectnessPlanTest, CallsMayTakeTwoSecondsAtLeast) {
  EXPECT_GE(CallLimit(task_, At(Stage::kSearch).listed[0]),
            std::chrono::seconds(2));
}

TEST(ValueCases, SpecialRowsAreTriedAtLongAndAtShortOnes) {
  const CorrectnessPlan plan =
      PlanCorrectness(testing::MatrixTask(), "cpu", Stage::kSearch, "secret");
  ASSERT_TRUE(plan.short_rows);
  EXPECT_EQ(plan.held_out.back().dims, plan.short_rows->dims);
  std::vector<std::string> at;
  for (const InputCase& one : plan.ValueCases(plan.held_out[0], CheckSet()))
    if (one.family == InputFamily::kSpecialRows) at.push_back(one.shape.name);
  EXPECT_EQ(at, (std::vector<std::string>{plan.held_out[0].name,
                                          plan.short_rows->name}));
}

TEST_F(CorrectnessPlanTest, ListedShapesMeetOtherValuesToo) {
  const auto families = [&](Stage stage) {
    std::set<InputFamily> met;
    for (const InputCase& one : At(stage).ListedValueCases(CheckSet())) {
      EXPECT_EQ(one.shape.name, "listed");
      met.insert(one.family);
    }
    return met;
  };
  using enum InputFamily;
  EXPECT_EQ(families(Stage::kSearch),
            (std::set{kLarge, kOffset, kSpecialRows}));
  const std::set later = {kLarge, kOffset, kTiny, kSpecialRows};
  EXPECT_EQ(families(Stage::kConfirm), later);
  EXPECT_EQ(families(Stage::kFinal), later);
}

// Integers have no rounding errors that a family could make large.
TEST(ListedValues, OfIntegersAreOfEveryFamily) {
  const Task task = testing::TaskFrom(R"toml(name = "count"
summary = "of integers"
operator = "map"
dims = ["n"]
[[inputs]]
name = "x"
dtype = "i64"
shape = ["n"]
values = "randint(0, 9)"
[[outputs]]
name = "y"
dtype = "i64"
shape = ["n"]
[[shapes]]
name = "short"
n = 10
[[shapes]]
name = "long"
n = 1000
[domain]
n = [1, 2000]
[reference]
cpp = "reference.cc"
)toml");
  const CorrectnessPlan final =
      PlanCorrectness(task, "cpu", Stage::kFinal, "secret");
  std::map<std::string, std::set<InputFamily>> met;
  for (const InputCase& one : final.ListedValueCases(CheckSet()))
    met[one.shape.name].insert(one.family);
  EXPECT_EQ(met.size(), 2u);
  EXPECT_EQ(met["short"], met["long"]);
  EXPECT_TRUE(met["long"].count(InputFamily::kAllEqual));
  EXPECT_EQ(final.quick.size(), 2u);
  const CorrectnessPlan search =
      PlanCorrectness(task, "cpu", Stage::kSearch, "secret");
  EXPECT_EQ(search.quick.size(), 1u);
  EXPECT_EQ(search.quick[0].dims, search.listed_values[0].shape.dims);
}

TEST(ValueCases, ChecksThatAreOffLeaveTheirsOut) {
  const CorrectnessPlan plan =
      PlanCorrectness(testing::MatrixTask(), "cpu", Stage::kSearch, "secret");
  const auto count = [&](const char* without, bool special) {
    const auto cases = plan.ValueCases(plan.held_out[0],
                                       *CheckSet::Without({without}));
    return std::count_if(cases.begin(), cases.end(), [&](const InputCase& one) {
      return special == (one.family == InputFamily::kSpecial ||
                         one.family == InputFamily::kSpecialRows);
    });
  };
  EXPECT_EQ(count("special_values", true), 0);
  EXPECT_GT(count("special_values", false), 5);
  EXPECT_EQ(count("input_families", false), 0);
  EXPECT_EQ(count("input_families", true), 3);
  EXPECT_EQ(count("held_out_shapes", true), 2);
}

}  // namespace
}  // namespace kernelevolve::worker
