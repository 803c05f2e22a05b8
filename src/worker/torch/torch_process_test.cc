#include "worker/torch/torch_process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <optional>

#include "process/find_python.h"
#include "worker/sandbox/memory_file.h"
#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

using std::chrono::seconds;

constexpr seconds kLimit{120};
constexpr uint64_t kBytes = 1 << 16;
constexpr int64_t kInput = 1, kOutput = 2;
constexpr size_t kCount = 6;
constexpr float kValues[kCount] = {1, -2, 0.1f, 4, 5.5f, -6};

Task DoublingTask(const std::string& reference) {
  return testing::TaskFrom(R"toml(name = "scale"
summary = "y = factor x"
operator = "map"
dims = ["n"]

[[inputs]]
name = "x"
dtype = "f32"
shape = ["n"]
values = "normal(0, 1)"

[[attributes]]
name = "factor"
default = 2

[[outputs]]
name = "y"
dtype = "f32"
shape = ["n"]

[[shapes]]
name = "listed"
n = 6

[domain]
n = [1, 100]

[reference]
cpp = "reference.cc"
torch = "reference.py"
)toml",
                           {{"reference.py", reference}});
}

const char* const kReference =
    "import torch\ndef reference(x, *, factor):\n    return x * factor\n";

// One server without a GPU, which lends memory files.
class TorchProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto python = FindPython("torch", stop_);
    if (!python) GTEST_SKIP() << python.error().message;
    auto folder = TempFolder::Create("torch-process");
    ASSERT_TRUE(folder);
    folder_.emplace(*std::move(folder));
    auto server = TorchForkServer::Start(*python, folder_->path() / "server-log");
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
    torch_ = Fork();
    ASSERT_TRUE(torch_);
  }

  std::unique_ptr<TorchProcess> Fork() {
    auto started = TorchProcess::Start(*server_, {.scratch = folder_->path(),
                                                  .log = folder_->path() / "log",
                                                  .device = "cpu"});
    EXPECT_TRUE(started) << started.error().message;
    return started ? *std::move(started) : nullptr;
  }

  Fd LendFile(int64_t id, bool writable) {
    auto file = MakeMemoryFile("lent");
    EXPECT_TRUE(file && ::ftruncate(file->get(), kBytes) == 0);
    const Status lent = torch_->Lend(id, file->get(), kBytes, writable);
    EXPECT_TRUE(lent) << lent.error().message;
    return *std::move(file);
  }

  void BindAll(const std::string& reference = kReference) {
    input_ = LendFile(kInput, false);
    output_ = LendFile(kOutput, true);
    ASSERT_EQ(::pwrite(input_.get(), kValues, sizeof kValues, 512),
              static_cast<ssize_t>(sizeof kValues));
    ASSERT_TRUE(torch_->SetTask(DoublingTask(reference)));
    TorchBinding binding{.name = "listed", .attributes = {2}};
    binding.inputs = {{{kInput, 512}, DType::kF32, {kCount}}};
    binding.outputs = {{{}, DType::kF32, {kCount}}};
    const Status bound = torch_->Bind(binding);
    ASSERT_TRUE(bound) << bound.error().message;
  }

  template <typename T>
  std::vector<T> Read(off_t offset) {
    std::vector<T> values(kCount);
    EXPECT_EQ(::pread(output_.get(), values.data(), kCount * sizeof(T), offset),
              static_cast<ssize_t>(kCount * sizeof(T)));
    return values;
  }

  StopCondition stop_;
  std::optional<TempFolder> folder_;
  Fd input_, output_;
  std::unique_ptr<TorchForkServer> server_;
  std::unique_ptr<TorchProcess> torch_;
};

TEST_F(TorchProcessTest, GreetsWithItsVersions) {
  EXPECT_EQ(torch_->facts().device, "cpu");
  EXPECT_NE(torch_->facts().torch.find('.'), std::string::npos);
  EXPECT_TRUE(torch_->alive());
}

TEST_F(TorchProcessTest, ComputesTheOracleAndABaseline) {
  BindAll();
  const auto how = torch_->ComputeOracle({.binding = "listed",
                                          .expected = {{kOutput, 0}},
                                          .baseline = {{kOutput, 4096}}},
                                         kLimit);
  ASSERT_TRUE(how) << how.error().message;
  EXPECT_TRUE(how->float64);
  for (size_t i = 0; i < kCount; ++i) {
    EXPECT_EQ(Read<double>(0)[i], 2.0 * double{kValues[i]});
    EXPECT_EQ(Read<float>(4096)[i], 2.0f * kValues[i]);
  }
}

TEST_F(TorchProcessTest, TimesWhatItPrepared) {
  BindAll();
  for (const MemberSpec& member :
       {MemberSpec{.name = "eager", .kind = MemberSpec::Kind::kEager},
        MemberSpec{.name = "sum",
                   .kind = MemberSpec::Kind::kFile,
                   .source = "def run(x, *, factor):\n    return x + x\n"}}) {
    const auto prepared = torch_->Prepare("listed", member, kLimit);
    ASSERT_TRUE(prepared) << prepared.error().message;
    EXPECT_FALSE(prepared->graph);  // no GPU, no graph
    const auto time = torch_->Time("listed", member.name,
                                   {{kOutput, 8192}, 8192}, {{kOutput, 0}});
    ASSERT_TRUE(time) << time.error().message;
    EXPECT_GT(time->microseconds, 0);
    EXPECT_EQ(Read<float>(0)[3], 8);
    EXPECT_TRUE(torch_->Drop("listed", member.name));
    EXPECT_FALSE(torch_->Time("listed", member.name, {}, {}));
  }
  ASSERT_TRUE(torch_->TimeNothing());
}

TEST_F(TorchProcessTest, WhatTakesTooLongOrIsUnwantedEnds) {
  BindAll();
  const MemberSpec slow{.name = "slow", .kind = MemberSpec::Kind::kFile,
                        .source = "import time\n\n\n"
                                  "def run(x, *, factor):\n    time.sleep(60)\n"};
  const auto late = torch_->Prepare("listed", slow, std::chrono::seconds(1));
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().message.find("not ready within 1 s"), std::string::npos);
  EXPECT_FALSE(torch_->alive());
  torch_ = Fork();
  ASSERT_TRUE(torch_);
  BindAll();
  int asked = 0;
  const auto unwanted = torch_->Prepare("listed", slow, kLimit,
                                        [&] { return ++asked == 2; });
  ASSERT_FALSE(unwanted);
  EXPECT_EQ(asked, 2);
  EXPECT_FALSE(torch_->alive());
}

TEST_F(TorchProcessTest, EveryPrecisionOfATaskHasBaselines) {
  BindAll();
  Task task = DoublingTask(kReference);
  for (const char* precision : {"", "tf32", "f16", "bf16", "f8e4m3", "f8e5m2"}) {
    task.objective.precision = precision;
    const MemberSpec member{.name = precision, .precision = TorchPrecision(task)};
    const auto prepared = torch_->Prepare("listed", member, kLimit);
    EXPECT_TRUE(prepared) << precision << ": " << prepared.error().message;
  }
}

TEST_F(TorchProcessTest, AFailedCommandLeavesItUsable) {
  BindAll();
  EXPECT_FALSE(torch_->Unlend(77));
  EXPECT_FALSE(torch_->SetTask(DoublingTask("def (")));
  const Status good = torch_->SetTask(DoublingTask(kReference));
  EXPECT_TRUE(good) << good.error().message;
  const auto unbound = torch_->ComputeOracle({.binding = "listed"}, kLimit);
  ASSERT_FALSE(unbound);  // bindings went with the task
  EXPECT_NE(unbound.error().message.find("listed"), std::string::npos);
  EXPECT_TRUE(torch_->alive());
}

TEST_F(TorchProcessTest, WantOfMemoryIsRecognised) {
  BindAll("def reference(x, *, factor):\n    raise MemoryError('full')\n");
  const auto full = torch_->ComputeOracle(
      {.binding = "listed", .expected = {{kOutput, 0}}}, kLimit);
  ASSERT_FALSE(full);
  EXPECT_TRUE(IsOutOfMemory(full.error())) << full.error().message;
  EXPECT_FALSE(IsOutOfMemory(torch_->Unlend(77).error()));
}

TEST_F(TorchProcessTest, ADeadlineEndsIt) {
  BindAll("import time\ndef reference(x, *, factor):\n    time.sleep(600)\n");
  EXPECT_FALSE(torch_->ComputeOracle(
      {.binding = "listed", .expected = {{kOutput, 0}}}, seconds(1)));
  EXPECT_FALSE(torch_->alive());
  EXPECT_FALSE(torch_->TimeNothing());
}

TEST_F(TorchProcessTest, MeasuresRoofs) {
  const auto roofs = torch_->MeasureRoofs();
  ASSERT_TRUE(roofs) << roofs.error().message;
  EXPECT_GT(roofs->copy_bytes_per_second, 1e8);
  EXPECT_GT(roofs->read_bytes_per_second, 1e8);
  EXPECT_GT(roofs->flops_per_second.at("f64"), 0);
}

TEST_F(TorchProcessTest, WithoutAPyTorchReferenceThereIsNothingToDo) {
  Task task = DoublingTask(kReference);
  task.reference_torch.clear();
  const Status refused = torch_->SetTask(task);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
}

TEST_F(TorchProcessTest, WhatItsFilesDoEndsWithIt) {
  const auto bound = [&](const std::string& reference) {
    input_.Reset(), output_.Reset();
    BindAll(reference);
    return torch_->ComputeOracle({"listed", {{kOutput, 0}}, {{kOutput, 1024}}},
                                 kLimit);
  };
  ASSERT_TRUE(bound("import torch\ntorch.mul = None\n"
                    "def reference(x, *, factor):\n    return x * factor\n"));
  torch_ = Fork();
  ASSERT_TRUE(torch_);
  const auto after = bound("import torch\ndef reference(x, *, factor):\n"
                           "    return torch.mul(x, factor)\n");
  EXPECT_TRUE(after) << after.error().message;
}

TEST_F(TorchProcessTest, ServersForkedAtOnceDoNotMeet) {
  const auto other = Fork();
  ASSERT_TRUE(other);
  torch_.reset();
  EXPECT_TRUE(other->SetTask(DoublingTask(kReference)));
}

TEST(TorchForkServer, WithoutAnInterpreterItDoesNotStart) {
  auto folder = TempFolder::Create("torch-process");
  ASSERT_TRUE(folder);
  const auto absent =
      TorchForkServer::Start("/no/such/python", folder->path() / "log");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kMissing);
}

TEST(TorchForkServer, OneThatEndsIsNotAlive) {
  auto folder = TempFolder::Create("torch-process");
  ASSERT_TRUE(folder);
  const auto server =
      TorchForkServer::Start("/bin/false", folder->path() / "log");
  ASSERT_TRUE(server);
  const auto failed = TorchProcess::Start(
      **server, {.scratch = folder->path(), .log = folder->path() / "log"});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("log"), std::string::npos);
  EXPECT_FALSE((*server)->alive());
}

}  // namespace
}  // namespace kernelevolve::worker
