#include "core/launch_plan.h"

#include <gtest/gtest.h>

#include "core/launch_plan_json.h"

namespace kernelevolve {
namespace {

// A kernel, fills, copies, values of the host, an allocation, a variable and a
// side stream.
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
  shape.variables = {{.module = 0, .name = "table", .bytes = 256}};
  shape.run.push_back(MemsetOp{.to = {{BufferRef::Kind::kAllocation, 0}, 4},
                               .bytes = 8, .value = 1, .width = 2, .rows = 4,
                               .pitch = 32});
  shape.run.push_back(CopyOp{.to = {{BufferRef::Kind::kOutput, 0}, 0},
                             .from = {{BufferRef::Kind::kInput, 0}, 4}, .bytes = 4,
                             .rows = 8, .to_pitch = 4, .from_pitch = 16});
  WriteOp write{.to = {{BufferRef::Kind::kVariable, 0}, 8}};
  write.bytes.assign(160, 0);
  write.bytes[3] = 0xcd;
  write.pointers = {{8, {{BufferRef::Kind::kOutput, 0}, 4}}};
  write.maps = {{32, 0}};
  shape.run.push_back(std::move(write));
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
  EXPECT_EQ(again->shapes[0].variables, plan.shapes[0].variables);
  EXPECT_EQ(std::get<MemsetOp>(again->shapes[0].run[5]).pitch, 32u);
  EXPECT_EQ(std::get<CopyOp>(again->shapes[0].run[2]).rows, 1u);
  EXPECT_EQ(std::get<CopyOp>(again->shapes[0].run[6]).from_pitch, 16u);
  const auto& write = std::get<WriteOp>(again->shapes[0].run[7]);
  EXPECT_EQ(write.bytes[3], 0xcd);
  EXPECT_EQ(write.pointers[0].at, 8u);
  EXPECT_EQ(write.to.buffer.ToString(), "variable:0");
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
  EXPECT_NE(broken("/shapes/0/run/6/to_pitch", -1).find("to_pitch"),
            std::string::npos);
  EXPECT_NE(broken("/shapes/0/run/7/bytes", std::string((128 << 10) + 2, '0'))
                .find("bytes"), std::string::npos);
  EXPECT_NE(broken("/shapes/0/variables/0/name", 3).find("name"),
            std::string::npos);
  EXPECT_NE(broken("/shapes/0/variables", Json::object()).find("variables"),
            std::string::npos);
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

TEST(LaunchPlan, RowsLieWhereTheirMemoryIs) {
  const auto fill = [](ShapePlan& shape) -> MemsetOp& {
    return std::get<MemsetOp>(shape.run[5]);
  };
  const auto copy = [](ShapePlan& shape) -> CopyOp& {
    return std::get<CopyOp>(shape.run[6]);
  };
  EXPECT_NE(Complaint([&](ShapePlan& s) { fill(s).rows = 33; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { fill(s).rows = 0; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { fill(s).rows = ~uint64_t{0}; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { fill(s).pitch = 33; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { fill(s).pitch = 4; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { fill(s).bytes = 0; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { copy(s).from_pitch = 20; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { copy(s).to_pitch = 20; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { copy(s).rows = 2, copy(s).to_pitch = 0; }),
            "");
  // The product of both goes around.
  EXPECT_NE(Complaint([&](ShapePlan& s) {
              copy(s).rows = uint64_t{1} << 60;
              copy(s).to_pitch = copy(s).from_pitch = 16;
            }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) {
              copy(s).rows = 2, copy(s).from_pitch = uint64_t{1} << 40;
            }), "");
}

TEST(LaunchPlan, ValuesAndVariablesAreHeldToTheirBounds) {
  const auto write = [](ShapePlan& shape) -> WriteOp& {
    return std::get<WriteOp>(shape.run[7]);
  };
  EXPECT_NE(Complaint([&](ShapePlan& s) { write(s).to.offset = 97; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { write(s).to.buffer.index = 1; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) {
              write(s).to.buffer = {BufferRef::Kind::kInput, 0};
              write(s).to.offset = 0;
              write(s).bytes.resize(8);
            }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { write(s).pointers[0].at = 153; }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) { write(s).maps[0].at = 33; }), "");
  EXPECT_NE(Complaint([](ShapePlan& s) { s.variables[0].module = 1; }), "");
  EXPECT_NE(Complaint([](ShapePlan& s) { s.variables[0].name.clear(); }), "");
  EXPECT_NE(Complaint([](ShapePlan& s) {
              s.variables.resize(kMostVariables + 1, s.variables[0]);
            }), "");
  EXPECT_NE(Complaint([&](ShapePlan& s) {
              s.variables[0].bytes = 1 << 20;
              write(s).bytes.resize(40 << 10);
              s.run.push_back(write(s));
            }).find("81920 bytes of its own"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve
