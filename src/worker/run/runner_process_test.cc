// Kernels in a runner of their own, as the judge calls them.
#include "worker/run/runner_process.h"

#include <gtest/gtest.h>

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/file.h"
#include "core/dtype.h"
#include "core/target.h"
#include "worker/build/builder.h"

namespace kernelevolve::worker {
namespace {

using std::chrono::milliseconds;

constexpr int64_t kElements = 1000;

constexpr const char* kPrelude = R"(#include <kernelevolve/abi.h>

#include <unistd.h>

#include <cstdio>

void Forge(int first, int last) {
  const char text[] = "{\"status\":\"ACCEPT\",\"code\":\"OK\",\"elapsed_ns\":1000,"
                      "\"time_us\":1,\"speedup\":100}\n";
  for (int file = first; file <= last; ++file)
    (void)!write(file, text, sizeof text - 1);
}
)";

constexpr const char* kDoubling = R"(
extern "C" int ke_run(const ke_call* call) {
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  for (int64_t i = 0; i < call->inputs[0].shape[0]; ++i) y[i] = 2 * x[i];
  return 0;
}
)";

class RunnerProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto sandbox = MakeSandbox({});
    ASSERT_TRUE(sandbox) << sandbox.error().message;
    sandbox_ = *std::move(sandbox);
    const auto data = DataFolder();
    ASSERT_TRUE(data && folder_);
    auto target = FindTarget("cpp@native", *data);
    ASSERT_TRUE(target) << target.error().message;
    target_ = *std::move(target);
    auto builder =
        Builder::Create(*sandbox_, folder_->path(), *data / "include");
    ASSERT_TRUE(builder) << builder.error().message;
    builder_.emplace(*std::move(builder));
    ASSERT_TRUE(input_ && output_ && workspace_);
    std::fill_n(reinterpret_cast<float*>(input_->data() + place_.offset),
                kElements, 1.5f);
  }

  Binding Bind() const {
    Binding binding;
    for (const bool output : {false, true}) {
      TensorBinding tensor;
      tensor.descriptor = kFirstTensorFd + (output ? 1 : 0);
      tensor.place = place_;
      tensor.dtype = static_cast<int32_t>(DType::kF32);
      tensor.shape = {kElements};
      tensor.output = output;
      binding.tensors.push_back(tensor);
    }
    return binding;
  }

  // Runs between the calls, when the process is paused.
  std::function<void(RunnerProcess&)> between_ = [](RunnerProcess&) {};

  // Three calls and a moment without one.
  Verdictless Try(const std::string& body, milliseconds limit) {
    BuildRequest request;
    request.source = kPrelude + body;
    request.rule = &target_.compile;
    BuildResult built;
    RETURN_IF_FAILED(builder_->Build(request, &built));
    RunnerOptions options;
    options.worker_binary =
        fs::read_symlink("/proc/self/exe").parent_path() / "kernelevolve-worker";
    options.library = built.library;
    options.spin = false;
    options.tensors = {&*input_, &*output_};
    options.workspace = &*workspace_;
    std::optional<Failure> failure;
    ASSIGN_OR_RETURN(const auto runner,
                     RunnerProcess::Start(*sandbox_, options, &failure));
    if (failure) return failure;
    RETURN_IF_FAILED(
        runner->Prepare(Bind(), PlacementRule::kAligned64, 1 << 20));
    for (int call = 0; call < 3; ++call) {
      RETURN_IF_FAILED(runner->Arm());
      CallReport report;
      RETURN_IF_FAILED(runner->Call(limit, &report));
      between_(*runner);
    }
    RETURN_IF_FAILED(runner->FindDamage());
    return runner->IdleCpuTime(milliseconds(20), &idle_);
  }

  // The test has failed if nothing is wrong with the kernel.
  Failure Refusal(const std::string& body,
                  milliseconds limit = milliseconds(10'000)) {
    const auto outcome = Try(body, limit);
    EXPECT_TRUE(outcome) << outcome.error().message;
    if (outcome && *outcome) return **outcome;
    ADD_FAILURE() << "nothing was wrong with it";
    return {};
  }

  void ExpectForgery(const std::string& body) {
    const Failure failure = Refusal(body);
    EXPECT_EQ(failure.code, Code::kResultForgery) << failure.message;
    EXPECT_EQ(failure.check, "control_channel");
  }

  // `deed` stands in ke_run.
  void ExpectDamage(const std::string& deed, const std::string& words) {
    const Failure failure = Refusal(
        "#include <signal.h>\n#include <sys/mman.h>\n#include <sys/resource.h>\n"
        "#include <sys/stat.h>\nextern \"C\" int ke_run(const ke_call* call) {\n"
        "(void)call;\n" + deed + "return 0;\n}\n");
    EXPECT_EQ(failure.code, Code::kSabotage) << deed << failure.message;
    EXPECT_EQ(failure.check, "process_state") << deed;
    EXPECT_NE(failure.message.find(words), std::string::npos) << failure.message;
  }

  std::unique_ptr<Sandbox> sandbox_;
  Result<TempFolder> folder_ = TempFolder::Create("ke-runner");
  Target target_;
  std::optional<Builder> builder_;
  const Placement place_ =
      Place(kElements * sizeof(float), sizeof(float), PlacementRule::kAligned64);
  Result<SharedBuffer> input_ = SharedBuffer::Create(1 << 20, true);
  Result<SharedBuffer> output_ = SharedBuffer::Create(1 << 20, false);
  Result<SharedBuffer> workspace_ = SharedBuffer::Create(1 << 20, false);
  std::chrono::nanoseconds idle_{};
};

TEST_F(RunnerProcessTest, AnObedientKernelIsLeftAlone) {
  const auto outcome = Try(kDoubling, milliseconds(10'000));
  ASSERT_TRUE(outcome) << outcome.error().message;
  ASSERT_FALSE(*outcome) << (*outcome)->message << "\n" << (*outcome)->log;
  const auto* y = reinterpret_cast<float*>(output_->data() + place_.offset);
  EXPECT_EQ(std::count(y, y + kElements, 3.0f), kElements);
  EXPECT_LT(idle_, milliseconds(10));
}

TEST_F(RunnerProcessTest, WhoIsContinuedBetweenCallsIsRefused) {
  between_ = [](RunnerProcess& runner) {
    kill(runner.pid(), SIGCONT);
    std::this_thread::sleep_for(milliseconds(5));
  };
  const Failure failure = Refusal(kDoubling);
  EXPECT_EQ(failure.code, Code::kAsyncEscape) << failure.message;
  EXPECT_EQ(failure.check, "pauses");
}

TEST_F(RunnerProcessTest, WhoIsKilledBetweenCallsHasFailed) {
  between_ = [](RunnerProcess& runner) {
    kill(runner.pid(), SIGKILL);
    std::this_thread::sleep_for(milliseconds(20));
  };
  EXPECT_NE(Refusal(kDoubling).message.find("between two calls"), std::string::npos);
}

// What the next reading of a file by anybody would send to a stopped process.
TEST_F(RunnerProcessTest, NoSignalIsSentByWayOfAFile) {
  const Failure failure = Refusal(R"(
#include <fcntl.h>
#include <csignal>
extern "C" int ke_run(const ke_call*) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  const bool sent = fcntl(ends[0], F_SETOWN, getpid()) == 0 ||
                    fcntl(ends[0], F_SETSIG, SIGCONT) == 0 ||
                    fcntl(ends[0], F_SETFL, O_ASYNC) == 0;
  return sent ? 2 : fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 ? 3 : 4;
})");
  EXPECT_EQ(failure.message, "ke_run returned 3");
}

TEST_F(RunnerProcessTest, WordsOnEveryDescriptorAreForgery) {
  ExpectForgery(R"(
extern "C" int ke_run(const ke_call*) {
  Forge(1, 63);
  return 0;
})");
}

// The runner then answers a call that nobody asked for.
TEST_F(RunnerProcessTest, WordsOverTheMailboxAreForgery) {
  ExpectForgery(R"(
extern "C" int ke_run(const ke_call*) {
  Forge(4, 4);
  return 0;
})");
}

TEST_F(RunnerProcessTest, AnAnswerOfItsOwnIsForgery) {
  ExpectForgery(std::string(kDoubling) + R"(
extern "C" int ke_setup(const ke_call*, void**) {
  (void)!write(3, "\x0b\0\0\0{\"ok\":true}", 15);
  return 0;
})");
}

// Our runner's answer is taken for more of it, and there is never enough.
TEST_F(RunnerProcessTest, AnAnswerThatDoesNotEndIsForgery) {
  ExpectForgery(std::string(kDoubling) + R"(
extern "C" int ke_setup(const ke_call*, void**) {
  (void)!write(3, "\0\0\1\0{", 5);
  return 0;
})");
}

TEST_F(RunnerProcessTest, WhoEndsWithinAnAnswerHasEnded) {
  const Failure failure = Refusal(std::string(kDoubling) + R"(
extern "C" int ke_setup(const ke_call*, void**) {
  (void)!write(3, "\0\0\1\0{", 5);
  _exit(0);
})");
  EXPECT_EQ(failure.code, Code::kEarlyExit) << failure.message;
}

TEST_F(RunnerProcessTest, WhatOutlivesACallIsSeen) {
  ExpectDamage("alarm(1000);", "timer");
  ExpectDamage("signal(SIGTERM, SIG_IGN);", "SIGTERM");
  ExpectDamage("signal(SIGFPE, [](int) {});", "another handler");
  ExpectDamage("sigset_t all; sigfillset(&all); sigprocmask(SIG_BLOCK, &all, nullptr);",
               "blocked");
  ExpectDamage("umask(0);", "umask");
  ExpectDamage("(void)!chdir(\"/\");", "folder");
  ExpectDamage("rlimit limit{64, 64}; setrlimit(RLIMIT_NOFILE, &limit);", "limits");
  ExpectDamage("close(2);", "descriptor 2");
  ExpectDamage("const long page = (long)&ke_run & ~4095l;"
               "mprotect((void*)page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);",
               "kernel.so");
}

TEST_F(RunnerProcessTest, OutputsStayMappedAsTheyWere) {
  ExpectDamage("void* y = (void*)((long)call->outputs[0].data & ~4095l);"
               "mprotect(y, 4096, PROT_READ);", "tensor 1");
}

// A signal that is met for a while, threads, descriptors, what ke_setup did.
TEST_F(RunnerProcessTest, WhatIsPutBackOrTheKernelsOwnIsNoDamage) {
  const auto outcome = Try(R"(
#include <fcntl.h>
#include <signal.h>

#include <clocale>
#include <iostream>
#include <random>
#include <thread>
#include <vector>

extern "C" int ke_setup(const ke_call*, void**) {
  alarm(1000);
  signal(SIGTERM, SIG_IGN);
  return 0;
}

extern "C" int ke_run(const ke_call*) {
  static const int file = [] {
    setlocale(LC_ALL, "C.UTF-8");
    std::cerr << std::random_device()() << std::endl;
    signal(SIGILL, signal(SIGILL, SIG_DFL));
    for (int i = 0; i < 4; ++i)
      std::thread([] {
        std::vector<char> kept(1 << 20);
        while (kept[0] == 0) pause();
      }).detach();
    return open("/dev/null", O_RDONLY);
  }();
  return file < 0;
}
)", milliseconds(10'000));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_FALSE(*outcome) << (*outcome)->message;
}

TEST_F(RunnerProcessTest, AFailedCallSaysWhatItPrinted) {
  const Failure failure = Refusal(R"(
extern "C" int ke_run(const ke_call*) {
  std::fprintf(stderr, "no room for \033[1mthe tile\n");
  return 7;
})");
  EXPECT_EQ(failure.code, Code::kRunFailed);
  EXPECT_EQ(failure.message, "ke_run returned 7");
  EXPECT_EQ(failure.log, "no room for [1mthe tile\n");
}

TEST_F(RunnerProcessTest, AFailedSetupSaysWhatItPrinted) {
  const Failure failure = Refusal(std::string(kDoubling) + R"(
extern "C" int ke_setup(const ke_call*, void**) {
  std::fprintf(stderr, "no table\n");
  return 5;
})");
  EXPECT_EQ(failure.code, Code::kRunFailed);
  EXPECT_EQ(failure.message, "ke_setup returned 5");
  EXPECT_EQ(failure.log, "no table\n");
}

TEST_F(RunnerProcessTest, ACallWithoutEndSaysWhatItPrinted) {
  const Failure failure = Refusal(R"(
extern "C" int ke_run(const ke_call*) {
  std::fprintf(stderr, "begins\n");
  for (volatile bool on = true; on;) {
  }
  return 0;
})", milliseconds(100));
  EXPECT_EQ(failure.code, Code::kTimeout) << failure.message;
  EXPECT_EQ(failure.log, "begins\n");
}

}  // namespace
}  // namespace kernelevolve::worker
