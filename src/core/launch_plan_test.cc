#include "core/launch_plan.h"

#include <gtest/gtest.h>

#include "core/launch_plan_json.h"

namespace kernelevolve {
namespace {

// Two kernels with a fill between them, an allocation and a side stream.
LaunchPlan SamplePlan() {
  LaunchPlan plan;
  plan.modules = {"image"};
  ShapePlan shape;
  shape.workspace_bytes = 64;
  shape.allocations = {1024};
  shape.tensor_maps.push_back({.base = {{BufferRef::Kind::kInput, 0}, 16},
                               .dtype = 7,
                               .dims = {8, 4},
                               .strides = {32},
                               .box = {8, 4},
                               .element_strides = {1, 1}});
  LaunchOp launch;
  launch.kernel = "_Z1kPf";
  launch.grid = {4, 2, 1};
  launch.block = {128, 1, 1};
  launch.shared_bytes = 2048;
  launch.programmatic = true;
  launch.parameters.assign(136, 0);
  launch.parameters[9] = 0xab;
  launch.offsets = {0, 8};
  launch.pointers = {{0, {{BufferRef::Kind::kOutput, 0}, 4}}};
  launch.maps = {{8, 0}};
  shape.run = {launch, MemsetOp{.to = {{BufferRef::Kind::kAllocation, 0}, 8},
                                .bytes = 16, .value = 7, .width = 4},
               CopyOp{.to = {{BufferRef::Kind::kWorkspace, 0}, 0},
                      .from = {{BufferRef::Kind::kInput, 0}, 0}, .bytes = 8},
               EventOp{.stream = 0, .event = 1, .wait = false},
               EventOp{.stream = 1, .event = 1, .wait = true}};
  plan.shapes.push_back(shape);
  return plan;
}

const PlanLimits kLimits = {.input_bytes = {128},
                            .output_bytes = {128},
                            .most_workspace = 4096,
                            .most_allocated = 4096};

TEST(LaunchPlan, SurvivesTheTripThroughJson) {
  const LaunchPlan plan = SamplePlan();
  const Json json = PlanToJson(plan);
  const auto again = PlanFromJson(*ParseJson(DumpJson(json)));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(DumpJson(PlanToJson(*again)), DumpJson(json));
  const auto& launch = std::get<LaunchOp>(again->shapes[0].run[0]);
  EXPECT_EQ(launch.kernel, "_Z1kPf");
  EXPECT_EQ(launch.parameters[9], 0xab);
  EXPECT_TRUE(launch.programmatic);
  EXPECT_EQ(launch.pointers[0].place.buffer.ToString(), "output:0");
  EXPECT_EQ(launch.maps[0].at, 8u);
  EXPECT_TRUE(std::get<EventOp>(again->shapes[0].run[4]).wait);
}

TEST(LaunchPlan, BufferNamesAreReadStrictly) {
  EXPECT_EQ(BufferRef::Parse("allocation:12")->index, 12);
  EXPECT_EQ(BufferRef::Parse("workspace")->kind, BufferRef::Kind::kWorkspace);
  for (const char* text : {"", "input", "input:", "input:-1", "input:1x", "in:0",
                           "workspace:0", "input:99999999999999"})
    EXPECT_FALSE(BufferRef::Parse(text)) << text;
}

TEST(LaunchPlan, HostileTextIsRefusedByName) {
  const Json good = PlanToJson(SamplePlan());
  const auto broken = [&](const char* pointer, Json value) {
    Json json = good;
    json[Json::json_pointer(pointer)] = std::move(value);
    const auto read = PlanFromJson(json);
    return read ? std::string() : read.error().message;
  };
  EXPECT_NE(broken("/format", 9).find("format 9"), std::string::npos);
  EXPECT_NE(broken("/shapes/0/run/0/grid", Json::array({1, 2})).find("grid"),
            std::string::npos);
  EXPECT_NE(broken("/shapes/0/run/0/shared", -1).find("shared"),
            std::string::npos);
  EXPECT_NE(broken("/shapes/0/run/0/parameters", "zz").find("parameters"),
            std::string::npos);
  EXPECT_NE(broken("/shapes/0/run/1/op", "free").find("op"), std::string::npos);
  EXPECT_NE(broken("/shapes/0/run/1/buffer", "input:x").find("buffer"),
            std::string::npos);
  EXPECT_NE(broken("/shapes/0/allocations", Json::array({1e30})).find("alloc"),
            std::string::npos);
  EXPECT_NE(broken("/shapes/0/run", Json(3)).find("run"), std::string::npos);
}

TEST(LaunchPlan, AGoodPlanPasses) {
  const LaunchPlan plan = SamplePlan();
  const Status status = CheckPlan(plan.shapes[0], plan, kLimits);
  EXPECT_TRUE(status) << status.error().message;
}

// What CheckPlan says after a change to the sample.
template <typename Change>
std::string Complaint(Change change) {
  LaunchPlan plan = SamplePlan();
  change(plan.shapes[0]);
  const Status status = CheckPlan(plan.shapes[0], plan, kLimits);
  return status ? "" : status.error().message;
}

TEST(LaunchPlan, WhatNoLauncherShouldDoIsRefused) {
  const auto launch = [](ShapePlan& shape) -> LaunchOp& {
    return std::get<LaunchOp>(shape.run[0]);
  };
  EXPECT_NE(Complaint([&](ShapePlan& s) { launch(s).module = 1; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { launch(s).grid = {0, 1, 1}; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { launch(s).block = {2048, 1, 1}; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { launch(s).cluster = {8, 8, 8}; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { launch(s).pointers[0].at = 130; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) {
              launch(s).pointers[0].place.buffer.index = 7;
            }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { launch(s).maps[0].map = 3; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { launch(s).offsets = {8, 8}; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { launch(s).kernel.clear(); }), "");
  EXPECT_NE(Complaint([](ShapePlan& s) { s.allocations = {1ull << 40}; }), "");
  EXPECT_NE(Complaint([](ShapePlan& s) { s.workspace_bytes = 1 << 20; }), "");
  EXPECT_NE(Complaint([](ShapePlan& s) {
              std::get<MemsetOp>(s.run[1]).bytes = 4096;
            }), "");
  EXPECT_NE(Complaint([](ShapePlan& s) {
              std::get<MemsetOp>(s.run[1]).to.buffer = {BufferRef::Kind::kInput, 0};
            }), "");
  EXPECT_NE(Complaint([](ShapePlan& s) {
              std::get<CopyOp>(s.run[2]).from.offset = ~uint64_t{0};
            }), "");
  EXPECT_NE(Complaint([](ShapePlan& s) {
              std::get<EventOp>(s.run[3]).stream = 1000;
            }), "");
  EXPECT_NE(Complaint([](ShapePlan& s) { s.tensor_maps[0].box.clear(); }), "");
}

}  // namespace
}  // namespace kernelevolve
