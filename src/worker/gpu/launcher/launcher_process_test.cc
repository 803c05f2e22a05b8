// The real launcher, as a process, over a stand-in for the driver.
#include "worker/gpu/launcher/launcher_process.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/format.h"
#include "base/text.h"
#include "worker/gpu/driver/device_info.h"

namespace kernelevolve::worker::gpu {
namespace {

using std::chrono::seconds;

constexpr uint32_t kCount = 64;

std::string Image(const std::string& kernels, uint32_t arch = 90) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_ABIVERSION] = 7;
  header.e_machine = 190;
  header.e_flags = arch;
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) +
         kernels;
}

const char kKernels[] =
    "add_one 8 8 4\nfault\nhang\nnothing\nmapped 128 8\n";

BufferPlace Input(int index) { return {{BufferRef::Kind::kInput, index}, 0}; }
BufferPlace Output(int index) { return {{BufferRef::Kind::kOutput, index}, 0}; }
BufferPlace Scratch(int index) {
  return {{BufferRef::Kind::kAllocation, index}, 0};
}

LaunchOp Launch(const std::string& kernel) {
  LaunchOp op;
  op.kernel = kernel;
  return op;
}

LaunchOp AddOne(const BufferPlace& from, const BufferPlace& to, int stream = 0) {
  LaunchOp op = Launch("add_one");
  op.stream = stream;
  op.parameters.assign(24, 0);
  op.parameters[16] = kCount;
  op.offsets = {0, 8, 16};
  op.pointers = {{0, from}, {8, to}};
  return op;
}

class LauncherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const fs::path own = fs::read_symlink("/proc/self/exe").parent_path();
    options_.worker_binary = own / "kernelevolve-worker";
    options_.driver = own / "libfake_driver.so";
    log_ = fs::path(::testing::TempDir()) /
           (std::string("launcher_") +
            ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove(log_);
    driver_ = Driver::Open(options_.driver).value();
    input_ = LentMemory::Create(*driver_, 0, kCount * 4).value();
    output_ = LentMemory::Create(*driver_, 0, kCount * 4).value();
    for (uint32_t i = 0; i < kCount; ++i) At(*input_)[i] = static_cast<float>(i);
  }
  void TearDown() override {
    launcher_.reset();
    fs::remove(log_);
  }

  // The stand-in's device memory is this process's too.
  static float* At(const LentMemory& memory) {
    return reinterpret_cast<float*>(memory.address());
  }

  // `fail`: calls of the driver that fail in the launcher.
  void Start(const char* fail = nullptr) {
    setenv("KE_FAKE_DRIVER_LOG", log_.c_str(), 1);
    if (fail) setenv("KE_FAKE_DRIVER_FAIL", fail, 1);
    auto started = LauncherProcess::Start(options_);
    unsetenv("KE_FAKE_DRIVER_LOG");
    unsetenv("KE_FAKE_DRIVER_FAIL");
    ASSERT_TRUE(started) << started.error().message;
    launcher_ = *std::move(started);
    ASSERT_TRUE(launcher_->Lend(1, *input_, false));
    ASSERT_TRUE(launcher_->Lend(2, *output_, true));
  }

  std::optional<Failure> Load(const ShapePlan& plan,
                              const std::string& image = Image(kKernels)) {
    return launcher_->Load(plan, {image}).value();
  }
  std::optional<Failure> Bind(BindReport* report = nullptr) {
    BindRequest request;
    request.inputs = {{1, 0}};
    request.outputs = {{2, 0}};
    request.poison = 0x7fc00000;
    return launcher_->Bind(request, report).value();
  }
  std::optional<Failure> LoadAndBind(const ShapePlan& plan) {
    if (auto failure = Load(plan)) return failure;
    if (auto failure = Bind()) return failure;
    return launcher_->Setup().value();
  }
  std::optional<Failure> Run(seconds limit = seconds(20)) {
    double host_ns = 0;
    return launcher_->Run(limit, &host_ns).value();
  }

  std::vector<std::string> LogLines() const {
    const std::string text = ReadFile(log_).value_or("");
    std::vector<std::string> lines;
    for (const std::string_view line : Split(text, '\n'))
      if (!line.empty()) lines.emplace_back(line);
    return lines;
  }
  bool Logged(const std::string& line) const {
    const auto lines = LogLines();
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }

  LauncherOptions options_;
  fs::path log_;
  std::unique_ptr<Driver> driver_;
  std::unique_ptr<LentMemory> input_, output_;
  std::unique_ptr<LauncherProcess> launcher_;
};

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

TEST_F(LauncherTest, ScrubsBeforeEveryCheckedCallAndNoTimedOne) {
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
  const auto lines = LogLines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "run ke_dirty"), 2);
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

TEST_F(LauncherTest, AFaultIsTheKernelsAndEndsTheLauncher) {
  Start();
  ShapePlan plan;
  plan.run = {Launch("fault")};
  ASSERT_FALSE(LoadAndBind(plan));
  const auto failure = Run();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kGpuFault);
  EXPECT_NE(failure->message.find("CUDA_ERROR_ILLEGAL_ADDRESS"),
            std::string::npos);
  EXPECT_FALSE(launcher_->usable());
  plan.run = {AddOne(Input(0), Output(0))};
  Start();
  ASSERT_FALSE(LoadAndBind(plan));
  EXPECT_FALSE(Run());
}

TEST_F(LauncherTest, AHangIsATimeoutAndTheNextLauncherWorks) {
  Start();
  ShapePlan plan;
  plan.run = {Launch("hang")};
  ASSERT_FALSE(LoadAndBind(plan));
  const auto failure = Run(seconds(1));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kTimeout);
  EXPECT_FALSE(launcher_->usable());
  plan.run = {AddOne(Input(0), Output(0))};
  Start();
  ASSERT_FALSE(LoadAndBind(plan));
  EXPECT_FALSE(Run());
}

TEST_F(LauncherTest, BadImagesAndPlansFailWithoutHarm) {
  Start();
  ShapePlan plan;
  plan.run = {AddOne(Input(0), Output(0))};
  const auto other = Load(plan, Image(kKernels, 80));
  ASSERT_TRUE(other);
  EXPECT_EQ(other->code, Code::kLaunchFail);
  EXPECT_NE(other->message.find("sm_80"), std::string::npos) << other->message;
  EXPECT_NE(other->message.find("sm_90"), std::string::npos) << other->message;
  const auto text = Load(plan, "no image");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->code, Code::kLaunchFail);
  plan.run = {Launch("absent")};
  const auto absent = Load(plan);
  ASSERT_TRUE(absent);
  EXPECT_NE(absent->message.find("absent"), std::string::npos);
  LaunchOp greedy = Launch("nothing");
  greedy.shared_bytes = 300'000;
  plan.run = {greedy};
  const auto shared = Load(plan);
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->code, Code::kLaunchFail);
  EXPECT_NE(shared->message.find("300000"), std::string::npos);
  EXPECT_TRUE(launcher_->usable());
  plan.run = {AddOne(Input(0), Output(0))};
  ASSERT_FALSE(LoadAndBind(plan));
  EXPECT_FALSE(Run());
}

TEST_F(LauncherTest, ParametersMustCoverTheKernelsOwn) {
  Start();
  ShapePlan plan;
  LaunchOp op = AddOne(Input(0), Output(0));
  op.offsets = {0, 8};
  plan.run = {op};
  const auto few = LoadAndBind(plan);
  ASSERT_TRUE(few);
  EXPECT_NE(few->message.find("takes 3 parameters"), std::string::npos)
      << few->message;
  op = AddOne(Input(0), Output(0));
  op.parameters.resize(17);
  plan.run = {op};
  EXPECT_TRUE(LoadAndBind(plan));
  EXPECT_TRUE(launcher_->usable());
}

TEST_F(LauncherTest, SpentMemoryIsAMatterOfResources) {
  Start("cuMemAlloc_v2=2");
  ShapePlan plan;
  plan.allocations = {64};
  ASSERT_FALSE(Load(plan));
  const auto failure = Bind();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kResource);
  EXPECT_TRUE(IsOutOfMemory(*failure));
  EXPECT_TRUE(launcher_->usable());
}

TEST_F(LauncherTest, ADeviceThatFailsIsNobodysVerdict) {
  Start("cuGraphLaunch=214");
  ShapePlan plan;
  plan.run = {AddOne(Input(0), Output(0))};
  ASSERT_FALSE(LoadAndBind(plan));
  double host_ns = 0;
  const auto ran = launcher_->Run(seconds(20), &host_ns);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().code, ErrorCode::kInfrastructure);
  EXPECT_FALSE(launcher_->usable());
}

TEST_F(LauncherTest, GivesEverythingBack) {
  Start();
  ShapePlan plan;
  plan.allocations = {64, 4096};
  plan.run = {AddOne(Input(0), Output(0)), AddOne(Output(0), Output(0), 1)};
  for (int i = 0; i < 2; ++i) {
    ASSERT_FALSE(LoadAndBind(plan));
    ASSERT_FALSE(Run());
  }
  EXPECT_TRUE(launcher_->Unlend(1));
  launcher_->Quit(seconds(10));
  const auto lines = LogLines();
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.back(), "left");
}

TEST_F(LauncherTest, WithoutADriverItSaysWhatHelps) {
  options_.driver = "/nowhere/libcuda.so.1";
  const auto started = LauncherProcess::Start(options_);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kMissing);
  EXPECT_NE(started.error().message.find("install the driver"),
            std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
