#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "worker/judge/correctness.h"
#include "worker/judge/mixed_rows.h"
#include "worker/judge/shape_sampler.h"
#include "worker/judge/special_values.h"
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

// Rows that are long in one input and columns that are long in another.
TEST(LongDims, MeetNanAndInfinitiesInEveryInputThatIsLongThere) {
  const Task task = testing::TaskFrom(R"toml(name = "matmul"
summary = "c = a b"
operator = "matmul"
dims = ["m", "n", "k"]
[[inputs]]
name = "a"
dtype = "f32"
shape = ["m", "k"]
values = "normal(0, 1)"
[[inputs]]
name = "b"
dtype = "f32"
shape = ["k", "n"]
values = "normal(0, 1)"
[[outputs]]
name = "c"
dtype = "f32"
shape = ["m", "n"]
[[shapes]]
name = "small"
m = 32
n = 32
k = 32
[domain]
m = [1, 64]
n = [1, 2000]
k = [1, 3000]
[cost]
flops = "2 * m * n * k"
bytes = "4 * (m * k + k * n + m * n)"
[reference]
cpp = "reference.cc"
)toml");
  const CorrectnessPlan plan =
      PlanCorrectness(task, "cpu", Stage::kSearch, "secret");
  std::set<std::pair<int64_t, int64_t>> inputs_at_k;  // k and which input
  for (const InputCase& one : plan.long_values) {
    EXPECT_EQ(one.family, InputFamily::kSpecialRows);
    EXPECT_TRUE(IsLoneTrial(task, one));
    inputs_at_k.insert({one.shape.dims.at("k"), one.trial % 2});
  }
  EXPECT_TRUE(inputs_at_k.count({3000, 0}));
  EXPECT_TRUE(inputs_at_k.count({3000, 1}));
}

// Where a pair may reach beyond an odd end, and a dim be too long for a block.
TEST_F(CorrectnessPlanTest, ADeviceMeetsRaggedAndLongShapes) {
  const CorrectnessPlan plan =
      PlanCorrectness(task_, "gpu", Stage::kSearch, "secret");
  ASSERT_TRUE(plan.ragged);
  for (const auto& [name, extent] : plan.ragged->dims)
    EXPECT_TRUE(extent % 2 == 1 || extent < 4) << name << " " << extent;
  const auto shapes = DrawLongDims(task_, ShapeLimits{});
  ASSERT_FALSE(shapes.empty());
  for (const ShapeCase& shape : shapes)
    EXPECT_TRUE(IsAmong(plan.OtherShapes(), shape)) << shape.name;
  EXPECT_FALSE(PlanCorrectness(task_, "cpu", Stage::kSearch, "secret").ragged);
}

// Room is made and plans are recorded for the plan's shapes, by dims and attributes.
TEST_F(CorrectnessPlanTest, EveryCaseIsAtOneOfThePlansShapes) {
  Task task = testing::TaskFrom(R"toml(name = "window"
summary = "scores in a window"
operator = "map"
dims = ["s", "d"]
[[inputs]]
name = "q"
dtype = "f32"
shape = ["s", "d"]
values = "normal(0, 1)"
[[inputs]]
name = "k"
dtype = "f32"
shape = ["s", "d"]
values = "normal(0, 1)"
[[attributes]]
name = "window"
default = 16
range = [1, 512]
[[outputs]]
name = "out"
dtype = "f32"
shape = ["s", "d"]
[[shapes]]
name = "listed"
s = 64
d = 16
[domain]
s = [1, 512]
d = [1, 16]
[reference]
cpp = "reference.cc"
)toml");
  for (const char* kind : {"cpu", "gpu"})
    for (const char* secret : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
      const CorrectnessPlan plan = PlanCorrectness(task, kind, Stage::kSearch, secret);
      const auto shapes = plan.OtherShapes();
      EXPECT_TRUE(plan.aligned_shape);
      for (const InputCase& one : plan.ValueCases(plan.probe(), CheckSet()))
        EXPECT_TRUE(std::ranges::any_of(shapes, [&](const ShapeCase& shape) {
          return shape.dims == one.shape.dims && shape.attributes == one.shape.attributes;
        })) << kind << " " << one.Key();
      EXPECT_TRUE(!plan.ragged || IsAmong(shapes, *plan.ragged));
    }
}

// A kernel that counts its calls cannot know how many there are.
TEST_F(CorrectnessPlanTest, RowsOfCallsFollowTheSecret) {
  std::set<int> most, unseen, values;
  for (const char* secret : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    const CorrectnessPlan plan = At(Stage::kSearch, secret);
    most.insert(plan.rows.most);
    unseen.insert(plan.rows.unseen);
    // The call behind them is 256 calls after the last but one to the last but three.
    EXPECT_GE(plan.rows.unseen, 252);
    EXPECT_LE(plan.rows.unseen, 254);
    values.insert(plan.rows.values);
    EXPECT_GT(plan.sweep_calls, plan.rows.values);
    EXPECT_GE(plan.rows.fewest, 28);
    EXPECT_LE(plan.rows.most, 156);
  }
  EXPECT_GT(most.size(), 4u);
  EXPECT_GT(unseen.size(), 1u);
  EXPECT_GT(values.size(), 2u);
  EXPECT_EQ(At(Stage::kSearch).rows.seed, At(Stage::kSearch).rows.seed);
  EXPECT_GT(At(Stage::kFinal).rows.fewest, 700);
  EXPECT_EQ(At(Stage::kSearch).schedule_calls, 0);
  EXPECT_GT(At(Stage::kConfirm).schedule_calls, 0);
  EXPECT_EQ(PlanCorrectness(task_, "gpu", Stage::kSearch, "a").sweep_calls, 14);
}

TEST(ListedValues, OfIntegersAreFarthestApartWhereThereIsMostRoom) {
  const Task task = testing::TaskFrom(R"toml(name = "find"
summary = "in a table"
operator = "map"
dims = ["n", "range"]
[[inputs]]
name = "x"
dtype = "i64"
shape = ["n"]
values = "increasing(0, range)"
[[outputs]]
name = "y"
dtype = "i64"
shape = ["n"]
[[shapes]]
name = "narrow"
n = 100
range = 1000
[[shapes]]
name = "wide"
n = 10
range = 1000000
[domain]
n = [1, 100]
range = [100, 1000000]
[reference]
cpp = "reference.cc"
)toml");
  for (const char* secret : {"a", "b", "c", "d"})
    for (const InputCase& one : PlanCorrectness(task, "cpu", Stage::kSearch, secret)
                                    .ListedValueCases(CheckSet()))
      EXPECT_TRUE(one.family != InputFamily::kCancelling || one.shape.name == "wide");
}

TEST(ValueCases, EachOfSeveralInputsIsUnevenAlone) {
  const auto trials = [](const Task& task) {
    const CorrectnessPlan plan = PlanCorrectness(task, "cpu", Stage::kSearch, "secret");
    std::multiset<int64_t> met;
    for (const InputCase& one : plan.ValueCases(plan.held_out[0], CheckSet())) {
      if (one.family != InputFamily::kUneven) continue;
      met.insert(one.trial);
      EXPECT_NE(HasUnevenRows(task, one, 0), HasUnevenRows(task, one, 1));
    }
    return met;
  };
  // Nothing weighs a single one.
  EXPECT_TRUE(trials(testing::MatrixTask()).empty());
  EXPECT_EQ(trials(testing::MatrixTask(R"toml([[inputs]]
name = "w"
dtype = "f32"
shape = ["n", "m"]
values = "normal(0, 1)"
)toml")), (std::multiset<int64_t>{0, 0, 1, 1}));  // and at short rows
  EXPECT_EQ(trials(testing::MatrixTask(R"toml([[inputs]]
name = "w"
dtype = "f32"
shape = ["n", "m"]
values = "normal(0, 1)"
constant = true
)toml")), (std::multiset<int64_t>{0, 0}));
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
