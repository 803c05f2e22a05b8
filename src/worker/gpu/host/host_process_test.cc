// Host code in its sandbox, on a machine without a GPU: memory files are lent in
// place of the device's.
#include "worker/gpu/host/host_process.h"

#include <unistd.h>

#include <set>
#include <string>
#include <thread>

#include "process/find_python.h"
#include "worker/sandbox/memory_file.h"
#include "worker/sandbox/testing/fixture.h"
#include "worker/testing/tasks.h"

namespace kernelevolve::worker::gpu {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint64_t kBytes = 1 << 16;
constexpr int kInput = 10, kOutput = 11, kWorkspace = 12;
constexpr float kValues[] = {1, -2, 0.5f};
constexpr const char* kRun = "def run(x, *, outputs, workspace):\n    ";

// The names of their folders.
std::set<std::string> AllProcesses() {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator("/proc"))
    names.insert(entry.path().filename());
  return names;
}

class HostProcessTest : public testing::SandboxTest {
 protected:
  void SetUp() override {
    SandboxTest::SetUp();
    if (HasFatalFailure()) return;
    const auto python = FindPython("torch", StopCondition());
    if (!python) GTEST_SKIP() << python.error().message;
    auto options = DescribeHost(*sandbox_, *python, 0);
    ASSERT_TRUE(options) << options.error().message;
    options_ = *std::move(options);
    options_.device = "cpu";
    spare_ = std::make_unique<HostSpare>(options_);
  }

  void Start(const std::string& source) {
    HostCode code;
    code.source = source;
    auto started = HostProcess::Start(*spare_, task_, code, watched_);
    ASSERT_TRUE(started) << started.error().message;
    process_ = *std::move(started);
    input_ = Lend(kInput, false);
    output_ = Lend(kOutput, true);
    workspace_ = Lend(kWorkspace, true);
    ASSERT_EQ(::pwrite(input_.get(), kValues, sizeof kValues, 64),
              static_cast<ssize_t>(sizeof kValues));
  }

  Fd Lend(int id, bool writable) {
    auto file = MakeMemoryFile("lent");
    EXPECT_TRUE(file && ::ftruncate(file->get(), kBytes) == 0);
    const Status lent = process_->Lend(id, file->get(), kBytes, writable);
    EXPECT_TRUE(lent) << lent.error().message;
    return *std::move(file);
  }

  std::optional<Failure> Prepare() {
    BindRequest places;
    places.inputs = {{kInput, 64}};
    places.outputs = {{kOutput, 128}};
    places.workspace = LentPlace{kWorkspace, 0};
    const auto outcome =
        process_->Prepare({shape_, plan_, modules_, places}, &report_);
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome ? *outcome : std::nullopt;
  }

  std::optional<Failure> Run(milliseconds limit = seconds(20)) {
    const auto outcome = process_->Run(limit, &claimed_ns_);
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome ? *outcome : std::nullopt;
  }

  // The first element of the output.
  float Output() const {
    float found = 0;
    EXPECT_EQ(::pread(output_.get(), &found, sizeof found, 128),
              static_cast<ssize_t>(sizeof found));
    return found;
  }

  // Whether what the spare gives was there before it was asked.
  bool TakesOneThatWaited() {
    const std::set<std::string> before = AllProcesses();
    const auto taken = spare_->Take(watched_);
    EXPECT_TRUE(taken) << taken.error().message;
    return taken &&
           before.contains(std::to_string((*taken)->TakeProcess()->pid()));
  }

  // The code of what a file with this `run` ends in when it is prepared or run.
  Code CodeOf(const std::string& body) {
    Start(kRun + body + "\n");
    if (HasFatalFailure()) return Code::kOk;
    auto failed = Prepare();
    if (!failed) failed = Run();
    message_ = failed ? failed->message : "";
    return failed ? failed->code : Code::kOk;
  }

  const Task task_ = testing::OneInputTask("f32", "normal(0, 1)");
  const ShapeCase shape_ = [] {
    ShapeCase shape;
    shape.name = "listed";
    shape.dims["n"] = 3;
    return shape;
  }();
  HostOptions options_;
  std::unique_ptr<HostSpare> spare_;
  bool watched_ = false;
  ShapePlan plan_;
  std::vector<std::string> modules_;
  BindReport report_;
  std::string message_;
  double claimed_ns_ = 0;
  Fd input_, output_, workspace_;
  std::unique_ptr<HostProcess> process_;
};

TEST_F(HostProcessTest, CallsWorkOnLentMemory) {
  Start(std::string(kRun) + "outputs[0].copy_(x * 2)\n");
  ASSERT_FALSE(Prepare());
  EXPECT_FALSE(report_.graph);
  EXPECT_EQ(process_->claims().operations,
            std::vector<std::string>{"aten.mul"});
  ASSERT_FALSE(Run());
  EXPECT_GT(claimed_ns_, 0);
  float found[3] = {};
  ASSERT_EQ(::pread(output_.get(), found, sizeof found, 128),
            static_cast<ssize_t>(sizeof found));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(found[i], 2 * kValues[i]);
}

TEST_F(HostProcessTest, ItsMistakesAreItsOwn) {
  EXPECT_EQ(CodeOf("raise KeyError('gone')"), Code::kRunFailed);
  EXPECT_NE(message_.find("gone"), std::string::npos);
  EXPECT_TRUE(process_->usable());
}

TEST_F(HostProcessTest, AnEndIsNamed) {
  EXPECT_EQ(CodeOf("import os; os._exit(0)"), Code::kEarlyExit);
  EXPECT_FALSE(process_->usable());
}

TEST_F(HostProcessTest, ASilenceIsTimed) {
  Start("import time\ncalls = 0\n" + std::string(kRun) +
        "global calls; calls += 1\n    time.sleep(100 if calls > 2 else 0)\n");
  ASSERT_FALSE(Prepare());
  const auto failed = Run(milliseconds(300));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, Code::kTimeout);
  EXPECT_FALSE(process_->usable());
}

TEST_F(HostProcessTest, PythonsClocksAreAsked) {
  const std::string swapped =
      "import time\nnow = time.process_time\n" + std::string(kRun) +
      "outputs[0].copy_(x)\n    time.";
  for (const char* clock : {"perf_counter", "monotonic"}) {
    Start(swapped + clock + " = now\n");
    const auto failed = Prepare();
    ASSERT_TRUE(failed) << clock;
    EXPECT_EQ(failed->code, Code::kClockTamper) << failed->message;
  }
}

// Returns once somebody has written.
constexpr const char* kAwaitChange =
    "    before = float(outputs[0][0])\n"
    "    while float(outputs[0][0]) == before: time.sleep(0.001)\n";
// A second writer: it fills the output over and over.
constexpr const char* kWriter =
    "def fill(output):\n"
    "    while True: output.fill_(float(time.perf_counter_ns() % 1000000))\n";

TEST_F(HostProcessTest, NoThreadRunsBetweenCalls) {
  Start(std::string("import threading, time\nwriter = None\n") + kWriter + kRun +
        "global writer\n"
        "    if writer is None:\n"
        "        writer = threading.Thread(target=fill, args=(outputs[0],),\n"
        "                                  daemon=True)\n"
        "        writer.start()\n" +
        kAwaitChange);
  ASSERT_FALSE(Prepare());
  ASSERT_FALSE(Run());
  const float before = Output();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(Output(), before);
  for (int i = 0; i < 400 && Output() == before; ++i)
    ASSERT_FALSE(process_->LetRun(milliseconds(25)).value());
  EXPECT_NE(Output(), before) << "to name what it does";
  const float between = Output();
  ASSERT_FALSE(Run());
  EXPECT_NE(Output(), between);
}

TEST_F(HostProcessTest, NoProcessOfItsRunsBetweenCalls) {
  Start(std::string("import os, time\nwriter = None\n") + kWriter + kRun +
        "global writer\n"
        "    if writer is None:\n"
        "        writer = os.fork()\n"
        "        if writer == 0: fill(outputs[0])\n" +
        kAwaitChange);
  ASSERT_FALSE(Prepare());
  ASSERT_FALSE(Run());
  const float before = Output();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(Output(), before);
  ASSERT_FALSE(Run());
  EXPECT_NE(Output(), before);
}

TEST_F(HostProcessTest, AnEndBetweenCallsIsNamed) {
  Start("import os, threading, time\ncalls = 0\n"
        "def end():\n    time.sleep(0.005); os._exit(0)\n" + std::string(kRun) +
        "global calls; calls += 1\n"
        "    if calls > 2: threading.Thread(target=end).start()\n");
  ASSERT_FALSE(Prepare());
  auto failed = Run();
  for (int call = 0; call < 100 && !failed; ++call) {
    std::this_thread::sleep_for(milliseconds(2));
    failed = Run();
  }
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, Code::kEarlyExit);
}

TEST_F(HostProcessTest, TheReplyIsTheCallersBeforeItIsPaused) {
  Start(std::string(kRun) + "outputs[0].copy_(x * 2)\n");
  ASSERT_FALSE(Prepare());
  float at_reply = 0;
  const auto outcome = process_->RunThen(
      seconds(20), [&]() -> Status { at_reply = Output(); return {}; },
      &claimed_ns_);
  ASSERT_TRUE(outcome && !*outcome);
  EXPECT_EQ(at_reply, 2 * kValues[0]);
}

TEST_F(HostProcessTest, WordsThatAreNotOursAreForgery) {
  EXPECT_EQ(CodeOf("import os; os.write(3, b'\\x04\\0\\0\\0oops')"),
            Code::kResultForgery);
}

TEST_F(HostProcessTest, OneIsStartedAhead) {
  spare_->Prepare();
  spare_->Settle();
  EXPECT_TRUE(TakesOneThatWaited());
  Start(std::string(kRun) + "outputs[0].copy_(x * 2)\n");
  ASSERT_FALSE(Prepare());
  ASSERT_FALSE(Run());
  EXPECT_EQ(Output(), 2 * kValues[0]);
}

TEST_F(HostProcessTest, AnotherIsStartedInThePlaceOfOneTaken) {
  spare_->Prepare();
  EXPECT_TRUE(TakesOneThatWaited());
  spare_->Settle();  // what stands in its place
  EXPECT_TRUE(TakesOneThatWaited());
}

TEST_F(HostProcessTest, AHeldOneWaitsAndGoesOn) {
  spare_->Prepare();
  spare_->Hold();  // while it imports
  const auto before = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(seconds(5));
  Start(std::string(kRun) + "outputs[0].copy_(x * 2)\n");
  EXPECT_GT(std::chrono::steady_clock::now() - before, milliseconds(5200))
      << "it imported while it was held";
  ASSERT_FALSE(Prepare());
  ASSERT_FALSE(Run());
  EXPECT_EQ(Output(), 2 * kValues[0]);
}

TEST_F(HostProcessTest, OnlyAWatchedOneSeesWhatToolsLeave) {
  const std::string look = "import os\n"
                           "    assert 'VALGRIND_LIB' in os.environ\n"
                           "    outputs[0].copy_(x)";
  EXPECT_EQ(CodeOf(look), Code::kRunFailed);
  spare_->Prepare({.plain = 1, .watched = true});
  spare_->Settle();
  watched_ = true;
  EXPECT_EQ(CodeOf(look), Code::kOk) << message_;
  watched_ = false;
  EXPECT_EQ(CodeOf(look), Code::kRunFailed) << "the plain one that waited";
}

TEST_F(HostProcessTest, ADeviceIsWorkedFromInside) {
  if (::access("/dev/nvidiactl", F_OK) != 0)
    GTEST_SKIP() << "there is no NVIDIA device here";
  options_.device = "cuda:0";
  HostSpare spare(options_);
  const auto started = HostProcess::Start(spare, task_, HostCode(), watched_);
  EXPECT_TRUE(started) << started.error().message;
}

TEST_F(HostProcessTest, NothingElseIsInReach) {
  const auto data = DataFolder();
  ASSERT_TRUE(data);
  EXPECT_EQ(CodeOf("import os, socket\n"
                   "    assert not os.path.exists('" +
                   (*data / "tasks").string() + "')\n"
                   "    for refused in (socket.socket,\n"
                   "                    lambda: open('/ke/new', 'w'),\n"
                   "                    lambda: open('/usr/new', 'w')):\n"
                   "        try: refused()\n"
                   "        except OSError: pass\n"
                   "        else: raise ValueError(refused)\n"
                   "    outputs[0].copy_(x)"),
            Code::kOk)
      << message_;
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
