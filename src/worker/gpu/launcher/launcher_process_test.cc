// The real launcher, as a process, over a stand-in for the driver.
#include "worker/gpu/launcher/launcher_process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/format.h"
#include "worker/gpu/driver/device_info.h"
#include "worker/gpu/launcher/testing/launcher_test.h"

namespace kernelevolve::worker::gpu {
namespace {

using testing::AddOne;
using testing::Image;
using testing::Input;
using testing::Launch;
using testing::LauncherTest;
using testing::Output;
using testing::Scratch;
using testing::kCount;
using testing::kKernels;
using std::chrono::seconds;

TEST_F(LauncherTest, RunsAPlanAsOneGraph) {
  Start();
  ShapePlan plan;
  plan.run = {AddOne(Input(0), Output(0))};
  ASSERT_FALSE(Load(plan));
  BindReport report;
  ASSERT_FALSE(Bind(&report));
  EXPECT_TRUE(report.graph) << report.why;
  EXPECT_FALSE(Logged("run add_one"));  // captured, not executed
  ASSERT_FALSE(Run());
  EXPECT_EQ(At(*output_)[0], 1);
  EXPECT_EQ(At(*output_)[kCount - 1], kCount);
  EXPECT_TRUE(Logged("graph 1"));
  EXPECT_TRUE(Logged("access r"));
  EXPECT_TRUE(Logged("access rw"));
}

TEST_F(LauncherTest, CallsInARowFindTheirOutputsWiped) {
  Start();
  ShapePlan plan;
  plan.run = {AddOne(Input(0), Output(0))};
  ASSERT_FALSE(LoadAndBind(plan));
  RunRequest request;
  request.calls = 3;
  request.wiped = {{{2, 0}, kCount * sizeof(float)}};
  ASSERT_FALSE(launcher_->RunInARow(request, seconds(20)).value());
  EXPECT_EQ(At(*output_)[0], 1);
  const auto lines = LogLines();
  EXPECT_EQ(std::ranges::count(lines, "graph 1"), 3);
  EXPECT_EQ(std::ranges::count(lines, format("fill {}", kCount * sizeof(float))), 2);
}

TEST_F(LauncherTest, WhatIsNotItsToWriteIsNotWiped) {
  Start();
  ShapePlan plan;
  plan.run = {AddOne(Input(0), Output(0))};
  ASSERT_FALSE(LoadAndBind(plan));
  RunRequest request;
  request.calls = 2;
  request.wiped = {{{1, 0}, 4}};  // an input
  EXPECT_FALSE(launcher_->RunInARow(request, seconds(20)));
}

TEST_F(LauncherTest, SetupFeedsTheCallThroughAnAllocation) {
  Start();
  ShapePlan plan;
  plan.allocations = {kCount * 4};
  plan.setup = {AddOne(Input(0), Scratch(0))};
  plan.run = {AddOne(Scratch(0), Output(0))};
  ASSERT_FALSE(LoadAndBind(plan));
  ASSERT_FALSE(Run());
  EXPECT_EQ(At(*output_)[5], 7);
}

TEST_F(LauncherTest, AllocationsHoldThePoisonUntilTheyAreWritten) {
  Start();
  ShapePlan plan;
  plan.allocations = {kCount * 4};
  plan.run = {CopyOp{0, Output(0), Scratch(0), kCount * 4}};
  ASSERT_FALSE(LoadAndBind(plan));
  ASSERT_FALSE(Run());
  uint32_t word = 0;
  std::memcpy(&word, At(*output_) + 3, sizeof word);
  EXPECT_EQ(word, 0x7fc00000u);
}

TEST_F(LauncherTest, WritesValuesAndAddressesAtEveryCall) {
  Start();
  ShapePlan plan;
  plan.variables = {{0, "table", kCount * 4}};
  const BufferPlace table{{BufferRef::Kind::kVariable, 0}, 0};
  WriteOp value{.to = table};
  value.to.offset = 4;
  value.bytes = {0, 0, 0x20, 0x41};  // 10
  WriteOp address{.to = Output(0)};
  address.to.offset = 64;
  address.bytes.assign(8, 0);
  address.pointers = {{0, table}};
  plan.run = {MemsetOp{.to = table, .bytes = kCount * 4}, value,
              AddOne(table, Output(0)), address};
  ASSERT_FALSE(LoadAndBind(plan, Image(std::string(kKernels) + "=table 256\n")));
  for (int call = 0; call < 2; ++call) {
    ASSERT_FALSE(Run());
    EXPECT_EQ(At(*output_)[0], 1);
    EXPECT_EQ(At(*output_)[1], 11);
    EXPECT_NE(std::memcmp(At(*output_) + 16, "\0\0\0\0\0\0\0", 8), 0);
  }
  EXPECT_TRUE(Logged("graph 4"));
}

TEST_F(LauncherTest, AVariableIsHeldToWhatItsModuleSays) {
  Start();
  ShapePlan plan;
  plan.variables = {{0, "table", 264}};
  plan.run = {AddOne(Input(0), Output(0))};
  const std::string image = Image(std::string(kKernels) + "=table 256\n");
  const auto large = LoadAndBind(plan, image);
  ASSERT_TRUE(large);
  EXPECT_NE(large->message.find("256 bytes, not 264"), std::string::npos)
      << large->message;
  plan.variables = {{0, "absent", 4}};
  const auto absent = LoadAndBind(plan, image);
  ASSERT_TRUE(absent);
  EXPECT_NE(absent->message.find("no variable absent"), std::string::npos);
}

TEST_F(LauncherTest, RowsAreFilledAndCopiedByOneStepEach) {
  Start();
  ShapePlan plan;
  plan.allocations = {kCount * 4};
  plan.run = {MemsetOp{.to = Scratch(0), .bytes = kCount * 4},
              MemsetOp{.to = Scratch(0), .bytes = 4, .value = 0x3f800000, .width = 4,
                       .rows = 8, .pitch = 16},
              MemsetOp{.to = Output(0), .bytes = kCount * 4},
              CopyOp{.to = Output(0), .from = Scratch(0), .bytes = 8, .rows = 4,
                     .to_pitch = 12, .from_pitch = 16}};
  ASSERT_FALSE(LoadAndBind(plan));
  ASSERT_FALSE(Run());
  for (uint32_t i = 0; i < 12; ++i)
    EXPECT_EQ(At(*output_)[i], i % 3 == 0 ? 1 : 0) << i;
  EXPECT_TRUE(Logged("fill 8 rows of 4"));
  EXPECT_TRUE(Logged("copy 4 rows of 8"));
}

TEST_F(LauncherTest, WorksOnMemoryOfItsOwn) {
  Start();
  std::vector<float> values(kCount, 4);
  ASSERT_FALSE(launcher_->AllocateFilled(
      7, std::string(reinterpret_cast<const char*>(values.data()),
                     kCount * sizeof(float))).value());
  ASSERT_FALSE(launcher_->AllocateCopy(8, {1, 0}, kCount * 4).value());
  ASSERT_FALSE(launcher_->Allocate(9, kCount * 4).value());
  ShapePlan plan;
  plan.allocations = {64};
  plan.run = {AddOne(Input(0), Output(0)), AddOne(Input(1), Output(1))};
  ASSERT_FALSE(Load(plan));
  BindRequest request;
  request.inputs = {{7, 0}, {8, 0}};
  request.outputs = {{2, 0}, {9, 0}};
  request.poison.reset();
  request.graph = false;
  BindReport report;
  ASSERT_FALSE(launcher_->Bind(request, &report).value());
  EXPECT_FALSE(report.graph);
  ASSERT_FALSE(launcher_->Setup().value());
  ASSERT_FALSE(Run());
  EXPECT_EQ(At(*output_)[3], 5);
  EXPECT_FALSE(Logged("graph 2"));
  EXPECT_FALSE(Logged("fill 256"));  // nobody wrote to the allocation
  ASSERT_TRUE(launcher_->Unlend(1));
}

TEST_F(LauncherTest, ScrubsBeforeEveryCheckedCallAndEveryFlush) {
  Start();
  LaunchOp scrub = Launch("ke_dirty");
  scrub.grid = {132, 1, 1};
  scrub.shared_bytes = 200'000;
  scrub.parameters.assign(16, 0);
  scrub.offsets = {0, 4, 8};
  ShapePlan first, plan;
  first.run = {scrub};
  ASSERT_FALSE(launcher_->Scrub(first, {Image("ke_dirty 4 4 8\n")}).value());
  plan.run = {AddOne(Input(0), Output(0))};
  ASSERT_FALSE(LoadAndBind(plan));
  ASSERT_FALSE(Run());
  ASSERT_FALSE(Run());
  std::vector<TimeSample> samples;
  ASSERT_FALSE(launcher_->Time(TimeRequest{}, seconds(5), &samples).value());
  auto lines = LogLines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "run ke_dirty"), 2);
  TimeRequest request;
  request.flush = LentPlace{2, 0};
  request.flush_bytes = 64;
  ASSERT_FALSE(launcher_->Time(request, seconds(5), &samples).value());
  lines = LogLines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "run ke_dirty"), 3);
  const auto filled = std::find(lines.rbegin(), lines.rend(), "fill 64");
  ASSERT_NE(filled, lines.rend());  // what scrubs is over before the flush is
  EXPECT_NE(std::find(filled, lines.rend(), "run ke_dirty"), lines.rend());
  EXPECT_EQ(std::find(lines.rbegin(), filled, "run ke_dirty"), filled);
  EXPECT_EQ(At(*output_)[1], 2);
  first.run = {Launch("absent")};
  EXPECT_TRUE(launcher_->Scrub(first, {Image(kKernels)}).value());
  EXPECT_TRUE(launcher_->usable());
}

TEST_F(LauncherTest, WhatLeadsATimedCallDependsOnTheFlush) {
  Start();
  ShapePlan pause, sweep, plan;
  pause.run = {Launch("ke_pause")};
  LaunchOp read = AddOne(Input(0), Scratch(0));
  read.kernel = "ke_sweep";
  sweep.allocations = {kCount * 4};
  sweep.run = {read};
  const std::string image = Image("ke_pause\nke_sweep 8 8 4\n");
  ASSERT_FALSE(launcher_->Pause(pause, {image}).value());
  ASSERT_FALSE(launcher_->Sweep(sweep, {image}, {1, 0}).value());
  plan.run = {AddOne(Input(0), Output(0))};
  ASSERT_FALSE(LoadAndBind(plan));
  ASSERT_FALSE(Run());  // nothing leads a call that is not timed
  const size_t from = LogLines().size();
  TimeRequest request;
  std::vector<TimeSample> samples;
  ASSERT_FALSE(launcher_->Time(request, seconds(5), &samples).value());
  request.flush = LentPlace{2, 0};
  request.flush_bytes = 64;
  ASSERT_FALSE(launcher_->Time(request, seconds(5), &samples).value());
  const auto lines = LogLines();
  std::vector<std::string> timed(lines.begin() + static_cast<int64_t>(from),
                                 lines.end());
  std::erase(timed, "graph 1");
  EXPECT_EQ(timed, (std::vector<std::string>{
                       "reset persisting", "run ke_pause", "run add_one",
                       "reset persisting", "fill 64", "run ke_sweep", "run add_one"}));
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "run ke_pause"), 1);
}

TEST_F(LauncherTest, FillsAndSideStreamsBelongToTheCall) {
  Start();
  ShapePlan plan;
  // The side stream is neither forked nor joined by the plan.
  plan.run = {MemsetOp{0, Output(0), kCount * 4, 0, 4},
              EventOp{0, 0, false},
              EventOp{2, 0, true},
              AddOne(Input(0), Output(0), /*stream=*/2)};
  ASSERT_FALSE(Load(plan));
  BindReport report;
  ASSERT_FALSE(Bind(&report));
  EXPECT_TRUE(report.graph) << report.why;
  ASSERT_FALSE(Run());
  EXPECT_EQ(At(*output_)[1], 2);
  EXPECT_TRUE(Logged("graph 2"));
}

TEST_F(LauncherTest, WhereNoCaptureIsPossibleCallsAreIssuedOneByOne) {
  Start("cuStreamEndCapture=900");
  ShapePlan plan;
  plan.run = {AddOne(Input(0), Output(0))};
  ASSERT_FALSE(Load(plan));
  BindReport report;
  ASSERT_FALSE(Bind(&report));
  EXPECT_FALSE(report.graph);
  EXPECT_NE(report.why.find("CAPTURE_UNSUPPORTED"), std::string::npos);
  ASSERT_FALSE(Run());
  EXPECT_EQ(At(*output_)[1], 2);
}

TEST_F(LauncherTest, LaunchesCarryWhatThePlanSays) {
  Start();
  LaunchOp op = Launch("nothing");
  op.grid = {16, 2, 1};
  op.block = {128, 1, 1};
  op.cluster = {16, 1, 1};
  op.cooperative = true;
  op.shared_bytes = 100'000;
  ShapePlan plan;
  plan.run = {op};
  ASSERT_FALSE(LoadAndBind(plan));
  EXPECT_TRUE(Logged("attribute 8 100000"));
  EXPECT_TRUE(Logged("attribute 14 1"));
  EXPECT_TRUE(Logged("launch nothing grid 16 2 1 block 128 1 1 shared 100000 "
                     "cooperative cluster 16"));
}

TEST_F(LauncherTest, OnlyALaunchBehindALaunchOfTheCallOverlapsIt) {
  Start();
  const auto nothing = [](uint32_t blocks, int stream, bool programmatic) {
    LaunchOp op = Launch("nothing");
    op.grid = {blocks, 1, 1};
    op.stream = stream;
    op.programmatic = programmatic;
    return op;
  };
  ShapePlan plan;
  plan.run = {nothing(1, 0, true),   // the call's first
              nothing(2, 0, true),   // behind a launch
              EventOp{0, 0, false},
              nothing(3, 0, true),   // behind a launch; a record is no work
              nothing(4, 0, false),
              EventOp{1, 0, true},
              nothing(5, 1, true),   // behind a wait
              MemsetOp{0, Output(0), kCount * 4, 0, 4},
              nothing(6, 0, true)};  // behind a fill
  ASSERT_FALSE(LoadAndBind(plan));
  for (const int overlaps : {2, 3})
    EXPECT_TRUE(Logged(format("launch nothing grid {} 1 1 block 1 1 1 shared 0 "
                              "programmatic", overlaps))) << overlaps;
  for (const int waits : {1, 4, 5, 6})
    EXPECT_TRUE(Logged(format("launch nothing grid {} 1 1 block 1 1 1 shared 0",
                              waits))) << waits;
}

TEST_F(LauncherTest, TensorMapsAreEncodedForTheRealAddresses) {
  Start();
  LaunchOp op = Launch("mapped");
  op.parameters.assign(136, 0);
  op.offsets = {0, 128};
  op.pointers = {{128, Output(0)}};
  op.maps = {{0, 0}};
  ShapePlan plan;
  plan.tensor_maps = {{Input(0), 7, 0, 0, 0, 0, {8, 8}, {32}, {8, 8}, {1, 1}}};
  plan.run = {op};
  EXPECT_FALSE(LoadAndBind(plan));
  EXPECT_FALSE(Run());
}

TEST_F(LauncherTest, TimesCallsAndTheFloorBehindAFlush) {
  Start();
  ShapePlan plan;
  plan.run = {AddOne(Input(0), Output(0))};
  ASSERT_FALSE(LoadAndBind(plan));
  TimeRequest request;
  request.flush = LentPlace{2, 0};
  request.flush_bytes = 4096;
  request.repeat = 3;
  std::vector<TimeSample> samples;
  ASSERT_FALSE(launcher_->Time(request, seconds(5), &samples).value());
  ASSERT_EQ(samples.size(), 3u);
  for (const TimeSample& sample : samples) {
    EXPECT_GT(sample.event_us, 0);
    EXPECT_GE(static_cast<double>(sample.host_ns) * 1e-3, sample.event_us * 0.99);
  }
  EXPECT_EQ(At(*output_)[1], 2);  // the call came after the flush
  const auto lines = LogLines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "fill 4096"), 3);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "reset persisting"), 3);
  request.empty = true;
  ASSERT_FALSE(launcher_->Time(request, seconds(5), &samples).value());
  EXPECT_EQ(samples.size(), 3u);
}

TEST_F(LauncherTest, ASettledCallFollowsWorkOfItsOwnProcess) {
  Start();
  ShapePlan plan;
  plan.run = {AddOne(Input(0), Output(0))};
  ASSERT_FALSE(LoadAndBind(plan));
  TimeRequest request;
  request.flush = LentPlace{2, 0};
  request.flush_bytes = 4096;
  request.settled = true;
  std::vector<TimeSample> samples;
  ASSERT_FALSE(launcher_->Time(request, seconds(5), &samples).value());
  const auto lines = LogLines();
  const auto woken = std::ranges::find(lines, "fill 4");
  ASSERT_NE(woken, lines.end());
  EXPECT_NE(std::find(woken, lines.end(), "fill 4096"), lines.end());
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
