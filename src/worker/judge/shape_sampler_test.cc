#include "worker/judge/shape_sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <set>

#include "core/shape_check.h"
#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

using testing::MatrixTask;

std::vector<ShapeCase> Draw(const Task& task, uint64_t seed, int count = 12) {
  return DrawHeldOutShapes(task, seed, count, ShapeLimits{});
}

TEST(ShapeSampler, StaysInTheDomainAndTheLimits) {
  const Task task = MatrixTask();
  const ShapeLimits limits;
  for (uint64_t seed = 0; seed < 50; ++seed)
    for (const ShapeCase& shape : Draw(task, seed)) {
      for (const auto& [name, range] : task.domain) {
        EXPECT_GE(shape.dims.at(name), range.low);
        EXPECT_LE(shape.dims.at(name), range.high);
      }
      EXPECT_LE(ElementCount(task.inputs[0], shape) +
                    ElementCount(task.outputs[0], shape),
                limits.elements);
      EXPECT_TRUE(ShapeProblems(task, shape).empty());
    }
}

TEST(ShapeSampler, ASeedAlwaysDrawsTheSame) {
  const Task task = MatrixTask();
  const auto a = Draw(task, 7), b = Draw(task, 7), c = Draw(task, 8);
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].dims, b[i].dims);
  bool differs = a.size() != c.size();
  for (size_t i = 0; !differs && i < a.size(); ++i)
    differs = a[i].dims != c[i].dims;
  EXPECT_TRUE(differs);
}

TEST(ShapeSampler, NothingTwiceAndNothingListed) {
  const Task task = MatrixTask();
  for (uint64_t seed = 0; seed < 50; ++seed) {
    std::set<std::map<std::string, int64_t>> seen;
    for (const ShapeCase& shape : Draw(task, seed)) {
      EXPECT_TRUE(seen.insert(shape.dims).second);
      EXPECT_NE(shape.dims, task.shapes[0].dims);
    }
  }
}

TEST(ShapeSampler, EveryOtherShapeHasAttributesOfItsOwn) {
  const Task task = MatrixTask(R"toml(
[[attributes]]
name = "eps"
default = 1e-5
[[attributes]]
name = "groups"
default = 2
)toml");
  const std::vector<ShapeCase> shapes = Draw(task, 7);
  ASSERT_GT(shapes.size(), 2u);
  for (size_t i = 0; i < shapes.size(); ++i) {
    EXPECT_EQ(shapes[i].attributes.count("eps"), i % 2 == 0 ? 1u : 0u);
    EXPECT_EQ(shapes[i].attributes.count("groups"), 0u);
  }
  EXPECT_LT(shapes[0].attributes.at("eps"), 1e-5);
  EXPECT_GT(shapes[0].attributes.at("eps"), 1e-6);
  EXPECT_NE(shapes[0].name.find("eps="), std::string::npos);
}

// What breaks kernels: the smallest extent, powers of two and their
// neighbours, and what divides by nothing.
TEST(ShapeSampler, NarrowShapesLeaveNoLengthsOut) {
  const Task task = MatrixTask();
  std::set<std::string> swept;
  for (uint64_t seed = 0; seed < 32; ++seed) {
    const auto shapes = DrawNarrowShapes(task, seed, {.elements = 1 << 12});
    for (const std::string& dim : task.dims) {
      std::set<int64_t> eights;
      bool low = false;
      for (const ShapeCase& shape : shapes) {
        const int64_t extent = shape.dims.at(dim);
        low |= extent == task.domain.at(dim).low;
        if (extent <= 128) eights.insert((extent - 1) / 8);
      }
      EXPECT_TRUE(low) << dim;
      const auto all = static_cast<size_t>(
          (std::min<int64_t>(128, task.domain.at(dim).high) + 7) / 8);
      if (eights.size() + 1 >= all) swept.insert(dim);
    }
  }
  EXPECT_EQ(swept.size(), task.dims.size()) << "each in its turn";
}

TEST(ShapeSampler, ATwinDiffersInAttributesAlone) {
  const Task task = MatrixTask(R"toml(
[[attributes]]
name = "eps"
default = 1e-5
)toml");
  ShapeCase plain = task.shapes[0];
  const auto varied = WithOtherAttributes(task, plain, 4);
  ASSERT_TRUE(varied);
  EXPECT_EQ(varied->dims, plain.dims);
  EXPECT_LT(varied->attributes.at("eps"), 1e-5);
  const auto back = WithOtherAttributes(task, *varied, 4);
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->attributes.empty()) << "the task's own";
  EXPECT_NE(back->name, varied->name);
  EXPECT_FALSE(WithOtherAttributes(MatrixTask(), plain, 4));
}

TEST(ShapeSampler, VisitsTheEndsAndTheTails) {
  const Task task = MatrixTask();
  std::set<int64_t> rows;
  for (uint64_t seed = 0; seed < 60; ++seed)
    for (const ShapeCase& shape : Draw(task, seed)) rows.insert(shape.dims.at("n"));
  for (const int64_t extent : {1, 2, 3, 7, 8, 9, 13, 31, 32, 33, 61, 127})
    EXPECT_TRUE(rows.count(extent)) << extent;
  EXPECT_GT(*rows.rbegin(), 500);
}

// A kernel may be wrong for the rows of one and a half vectors only.
TEST(ShapeSampler, FewShapesReachEveryOrderOfMagnitude) {
  const Task task = MatrixTask();
  int reached = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    std::set<int> parts;  // of 1 … 63, which no limit shrinks: below 4, 16, 64
    for (const ShapeCase& shape : Draw(task, seed, 9)) {
      const double octave = std::log2(static_cast<double>(shape.dims.at("n")));
      if (octave < 6) parts.insert(static_cast<int>(octave / 2));
    }
    reached += parts.size() == 3;
  }
  EXPECT_GE(reached, 75) << "draws that ignore each other: 45";
}

// Where halving ends well.
TEST(ShapeSampler, EveryDimIsAPowerOfTwoInOneOfFewShapes) {
  const Task task = MatrixTask();
  for (const std::string& dim : task.dims) {
    int met = 0;
    for (uint64_t seed = 0; seed < 100; ++seed)
      met += std::ranges::any_of(Draw(task, seed, 5), [&](const ShapeCase& shape) {
        const int64_t extent = shape.dims.at(dim);
        return extent > 1 && std::has_single_bit(static_cast<uint64_t>(extent));
      });
    EXPECT_GE(met, 85) << dim << "; by chance: 57";
  }
}

// Nor one that is right for the rows of listed shapes and short ones.
TEST(ShapeSampler, EveryDimIsLargeInOneOfFewShapes) {
  Task task = MatrixTask();
  for (const std::string& dim : task.dims) task.domain[dim] = {1, 4096};
  std::map<std::string, int> reached;
  constexpr int kSeeds = 100;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::vector<ShapeCase> shapes = Draw(task, seed, 5);
    for (const std::string& dim : task.dims)
      reached[dim] += std::ranges::any_of(shapes, [&](const ShapeCase& shape) {
        return shape.dims.at(dim) >= 511;
      });
  }
  for (const std::string& dim : task.dims)
    EXPECT_GE(reached[dim], kSeeds * 9 / 10) << dim << "; without care: 45";
}

TEST(ShapeSampler, ADomainMayBeginAtNothingOrFarOff) {
  Task task = testing::OneInputTask("f32", "normal(0, 1)");
  task.dims.push_back("padding");  // no tensor's extent
  const auto extents = [&](const std::string& dim, DimRange range) {
    task.domain = {{"n", {1, 8000}}, {"padding", {0, 0}}};
    task.domain[dim] = range;
    std::set<int64_t> drawn;
    for (uint64_t seed = 0; seed < 20; ++seed)
      for (const ShapeCase& shape : Draw(task, seed, 9))
        drawn.insert(shape.dims.at(dim));
    return drawn;
  };
  EXPECT_EQ(extents("padding", {0, 0}), std::set<int64_t>{0});
  EXPECT_EQ(extents("padding", {0, 4}), (std::set<int64_t>{0, 1, 2, 3, 4}));
  EXPECT_GT(extents("padding", {0, 3000}).size(), 60u);
  EXPECT_GT(extents("n", {6000, 1'000'000}).size(), 60u);
}

TEST(ShapeSampler, TheCostOfTheTaskBoundsTheWork) {
  const Task task = MatrixTask("[cost]\nflops = \"1000 * n * m\"\n"
                               "bytes = \"8 * n * m\"");
  size_t drawn = 0;
  for (uint64_t seed = 0; seed < 20; ++seed)
    for (const ShapeCase& shape : Draw(task, seed)) {
      EXPECT_LE(shape.dims.at("n") * shape.dims.at("m"), 3000);
      ++drawn;
    }
  EXPECT_GT(drawn, 100u);
}

TEST(ShapeSampler, ATinyDomainGivesFewerShapes) {
  Task task = MatrixTask();
  task.domain["n"] = {4, 5};
  task.domain["m"] = {8, 8};
  const auto shapes = Draw(task, 1);
  ASSERT_EQ(shapes.size(), 1u) << "4 x 8 is listed";
  EXPECT_EQ(shapes[0].dims.at("n"), 5);
}

TEST(ShapeSampler, NothingFitsWhereTheSmallestIsTooLarge) {
  Task task = MatrixTask();
  task.domain["n"] = {100000, 200000};
  EXPECT_TRUE(Draw(task, 1).empty());
}

TEST(ShapeSampler, AShapeThatIsSmallEnoughIsItsOwnCut) {
  const Task task = MatrixTask();
  const auto cuts = CutsOf(task, task.shapes[0], ShapeLimits{});
  ASSERT_EQ(cuts.size(), 1u);
  EXPECT_EQ(cuts[0].dims, task.shapes[0].dims);
}

TEST(ShapeSampler, EachCutKeepsOneDimWhole) {
  const Task task = MatrixTask();
  ShapeCase shape = task.shapes[0];
  shape.dims = {{"n", 2900}, {"m", 490}};
  const ShapeLimits limits{.elements = 60000};
  const auto cuts = CutsOf(task, shape, limits);
  ASSERT_EQ(cuts.size(), 2u);
  EXPECT_EQ(cuts[0].dims.at("n"), 2900);
  EXPECT_EQ(cuts[1].dims.at("m"), 490);
  for (const ShapeCase& cut : cuts) {
    EXPECT_LE(2 * cut.dims.at("n") * cut.dims.at("m"), limits.elements);
    EXPECT_GT(2 * cut.dims.at("n") * cut.dims.at("m"), limits.elements / 4);
  }
}

TEST(ShapeSampler, ACutGivesWayInItsOwnDimLast) {
  const Task task = MatrixTask();
  ShapeCase shape = task.shapes[0];
  shape.dims = {{"n", 3000}, {"m", 500}};
  const auto cuts = CutsOf(task, shape, {.elements = 1000});
  ASSERT_EQ(cuts.size(), 2u);
  EXPECT_EQ(cuts[0].dims.at("m"), 3);
  EXPECT_LT(cuts[0].dims.at("n"), 3000);
  EXPECT_EQ(cuts[1].dims.at("n"), 1);
  EXPECT_EQ(cuts[1].dims.at("m"), 500);
}

TEST(ShapeSampler, OneShapeAtLeastIsNotTiny) {
  const Task line = testing::OneInputTask("f32", "normal(0, 1)");
  int small = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    int64_t largest = 0;
    for (const ShapeCase& shape : Draw(line, seed, 5))
      largest = std::max(largest, shape.dims.at("n"));
    small += largest < 1000;
  }
  EXPECT_LE(small, 3);
}

TEST(LongDims, EachIsAtItsEndInASmallShape) {
  Task task = MatrixTask();
  auto shapes = DrawLongDims(task, ShapeLimits{});
  ASSERT_EQ(shapes.size(), 2u);
  EXPECT_EQ(shapes[0].dims.at("n"), 3000);
  EXPECT_EQ(shapes[1].dims.at("m"), 500);
  for (const ShapeCase& shape : shapes)
    EXPECT_LE(2 * shape.dims.at("n") * shape.dims.at("m"), ShapeLimits{}.elements);
  task.domain["m"].high = 100;
  task.domain["n"].high = 60;
  EXPECT_TRUE(DrawLongDims(task, ShapeLimits{}).empty());
}

TEST(LongDims, AttributesMayBeAtTheirEndToo) {
  Task task = MatrixTask(R"(
[[attributes]]
name = "most"
default = 16
range = [1, 65536]
)");
  const auto far = DrawLongDims(task, ShapeLimits{}, Attributes::kFarthest);
  ASSERT_FALSE(far.empty());
  for (const ShapeCase& shape : far) EXPECT_EQ(shape.attributes.at("most"), 65536);
  for (const ShapeCase& shape : DrawLongDims(task, ShapeLimits{}))
    EXPECT_FALSE(shape.attributes.count("most"));
}

// A counter of 16 bits is met in every search.
TEST(FarShapes, WhatSixteenBitsDoNotHoldIsAlwaysAmongThem) {
  Task task = MatrixTask();
  task.domain["n"].high = 65536;
  task.domain["m"].high = 800;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto none = DrawFarShapes(task, task.shapes, seed, 0, {.elements = 1 << 19});
    ASSERT_EQ(none.size(), 1u);
    EXPECT_EQ(none[0].dims.at("n"), 65536);
    EXPECT_EQ(DrawFarShapes(task, task.shapes, seed, 1, {.elements = 1 << 19}).size(), 2u);
  }
}

TEST(Largest, IsAFewShortOfTheDomain) {
  Task task = MatrixTask();
  task.domain = {{"n", {1, 1000}}, {"m", {5, 6}}};
  std::set<int64_t> met;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const auto shape = DrawLargest(task, seed, ShapeLimits{});
    ASSERT_TRUE(shape);
    met.insert(shape->dims.at("n"));
    EXPECT_GE(shape->dims.at("m"), 5);
    EXPECT_LE(shape->dims.at("m"), 6);
  }
  EXPECT_EQ(met.size(), 8u);
  EXPECT_EQ(*met.begin(), 993);
  EXPECT_EQ(*met.rbegin(), 1000);
  EXPECT_FALSE(DrawLargest(task, 1, ShapeLimits{.elements = 1000}));
}

TEST(ShortRows, AreShortAndMany) {
  const Task task = MatrixTask();
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const auto shape = DrawShortRows(task, {0}, seed, ShapeLimits{});
    ASSERT_TRUE(shape);
    EXPECT_GE(shape->dims.at("m"), 3);
    EXPECT_LE(shape->dims.at("m"), 24);
    EXPECT_GE(shape->dims.at("n"), 300);
    EXPECT_LE(2 * shape->dims.at("m") * shape->dims.at("n"),
              ShapeLimits{}.elements);
  }
}

TEST(ShortRows, NeedADimThatCountsThem) {
  const Task line = testing::OneInputTask("f32", "normal(0, 1)");
  EXPECT_FALSE(DrawShortRows(line, {0}, 1, ShapeLimits{}));
  EXPECT_FALSE(DrawShortRows(MatrixTask(), {}, 1, ShapeLimits{}));
}

TEST(RaggedFrom, EachDimIsOneShortOfAMultiple) {
  Task task = MatrixTask();
  task.domain = {{"n", {1, 100000}}, {"m", {1, 100000}}};
  ShapeCase shape;
  shape.dims = {{"n", 1}, {"m", 8192}};
  const auto ragged = RaggedFrom(task, shape, ShapeLimits{.elements = 1 << 16});
  ASSERT_TRUE(ragged);
  EXPECT_EQ(ragged->dims.at("n"), 3);
  EXPECT_EQ(ragged->dims.at("m") % 64, 63);
  EXPECT_GT(ragged->dims.at("m"), 1024);
  task.domain["n"].high = 2;
  const auto narrow = RaggedFrom(task, shape, ShapeLimits{.elements = 1 << 16});
  ASSERT_TRUE(narrow);
  EXPECT_LE(narrow->dims.at("n"), 2);
}

TEST(FarShapes, OneIsWhereSixteenBitsEnd) {
  Task task = MatrixTask();
  task.domain = {{"n", {1, 100000}}, {"m", {1, 100000}}};
  const auto shapes = DrawFarShapes(task, task.shapes, 5, 0, ShapeLimits{.elements = 1 << 18});
  EXPECT_TRUE(std::ranges::any_of(shapes, [](const ShapeCase& shape) {
    return shape.dims.at("n") == 65536 || shape.dims.at("m") == 65536;
  }));
}

TEST(FarPairs, TwoDimsReachTheirEndsTogether) {
  Task task = MatrixTask();
  task.domain = {{"n", {1, 600}}, {"m", {1, 500}}};
  const auto pairs = [&](const ShapeLimits& limits) {
    return DrawFarPairs(task, task.shapes, 1, 9, limits);
  };
  const auto both = pairs({.elements = 1 << 20});
  ASSERT_EQ(both.size(), 1u);
  EXPECT_EQ(both[0].dims.at("n"), 600);
  EXPECT_EQ(both[0].dims.at("m"), 500);
  EXPECT_TRUE(pairs({.elements = 1 << 12}).empty()) << "neither of the two is cut";
  task.shapes[0].dims = both[0].dims;
  EXPECT_TRUE(pairs({.elements = 1 << 20}).empty()) << "listed";
}

TEST(FarPairs, OthersAreCutAndTheLongComeFirst) {
  Task task = MatrixTask();
  task.dims = {"n", "m", "k", "short"};
  task.domain = {{"n", {1, 640}}, {"m", {1, 256}}, {"k", {1, 256}}, {"short", {1, 2}}};
  task.flops = *Expression::Parse("2 * n * m * k * short");
  for (ShapeCase& shape : task.shapes) shape.dims = {{"n", 8}, {"m", 8}, {"k", 8}, {"short", 1}};
  const ShapeLimits limits{.elements = 1 << 20, .flops = 3e6};
  const auto all = DrawFarPairs(task, task.shapes, 1, 9, limits);
  ASSERT_EQ(all.size(), 6u);
  for (size_t i = 0; i < all.size(); ++i) {
    const auto& dims = all[i].dims;
    const auto at_end = std::ranges::count_if(dims, [&](const auto& dim) {
      return dim.second == task.domain.at(dim.first).high;
    });
    EXPECT_GE(at_end, 2) << all[i].name;
    EXPECT_LE(task.flops->Evaluate(BindDims(all[i])).value_or(1e9), limits.flops);
    EXPECT_EQ(i < 3, dims.at("n") * dims.at("m") >= 640 * 256 ||
                         dims.at("n") * dims.at("k") >= 640 * 256 ||
                         dims.at("m") * dims.at("k") >= 256 * 256)
        << all[i].name;
  }
  EXPECT_EQ(DrawFarPairs(task, task.shapes, 1, 2, limits).size(), 2u);
}

TEST(Breadth, RowsOfOneElementAreNotBroad) {
  ShapeCase many, square;
  many.dims = {{"n", 4096}, {"m", 1}};
  square.dims = {{"n", 48}, {"m", 48}};
  EXPECT_GT(Breadth(square), Breadth(many));
}

}  // namespace
}  // namespace kernelevolve::worker
