// Watching, stopping, limiting and killing a running program.
#include "worker/sandbox/process_handle.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "worker/sandbox/cgroup_files.h"
#include "worker/sandbox/process_tree.h"
#include "worker/sandbox/self_test_outside.h"
#include "worker/sandbox/testing/fixture.h"

namespace kernelevolve::worker::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

bool Exists(pid_t pid) { return kill(pid, 0) == 0; }

// True once the process is gone; gives up after a generous while.
bool Vanishes(pid_t pid) {
  for (int attempt = 0; attempt < 1000 && Exists(pid); ++attempt)
    std::this_thread::sleep_for(milliseconds(10));
  return !Exists(pid);
}

char StateOf(pid_t pid) {
  return worker::StateOf(pid, pid);
}

class ProcessHandleTest : public SandboxTest {
 protected:
  // Starts an act that reports on descriptor 3 when it is under way.
  std::unique_ptr<Sandboxed> Start(const std::vector<std::string>& words) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return nullptr;
    const Fd read_end(ends[0]);
    Fd write_end(ends[1]);
    SandboxSpec spec = ProbeSpec(words);
    spec.descriptors = {write_end.get()};
    auto program = Launch(spec);
    write_end.Reset();
    char byte;
    EXPECT_EQ(read(read_end.get(), &byte, 1), 1);
    return program;
  }
};

TEST_F(ProcessHandleTest, PauseStopsEveryThread) {
  auto program = Start({"act", "threads", "3"});
  ASSERT_TRUE(program->Pause()) << "paused";
  EXPECT_EQ(StateOf(program->pid()), 'T');
  const auto before = program->CpuTime();
  std::this_thread::sleep_for(milliseconds(50));
  const auto after = program->CpuTime();
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->count(), after->count());
}

TEST_F(ProcessHandleTest, ResumeLetsThemRun) {
  auto program = Start({"act", "spin"});
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(program->Pause());
    const auto before = program->CpuTime();
    ASSERT_TRUE(program->Resume());
    auto after = before;
    for (int i = 0; i < 2000 && *after == *before; ++i) {
      std::this_thread::sleep_for(milliseconds(1));
      after = program->CpuTime();
    }
    EXPECT_GT(after->count(), before->count());
  }
}

// Two processes that work until they are killed, one of them an orphan by the time
// that the other writes.
constexpr const char* kTwoSpinners =
    "spin() { while :; do :; done; }\n( ( spin ) & )\necho ready\nspin";

constexpr int64_t kOneMs = 1'000'000;

int64_t CpuTimeOf(pid_t pid) {
  clockid_t clock;
  timespec used{};
  if (clock_getcpuclockid(pid, &clock) == 0) clock_gettime(clock, &used);
  return used.tv_sec * 1'000'000'000 + used.tv_nsec;
}

// True once it has used more; gives up after a generous while.
bool UsesMoreThan(pid_t pid, int64_t used) {
  for (int i = 0; i < 20000 && CpuTimeOf(pid) <= used; ++i)
    std::this_thread::sleep_for(milliseconds(1));
  return CpuTimeOf(pid) > used;
}

// Those whose parent it is, by the kernel's list.
std::vector<pid_t> ChildrenOf(pid_t pid) {
  const std::string number = std::to_string(pid);
  std::ifstream list("/proc/" + number + "/task/" + number + "/children");
  return {std::istream_iterator<pid_t>(list), {}};
}

TEST_F(ProcessHandleTest, PauseStopsWhatTheProgramHasStarted) {
  auto program = Launch(ShellSpec(kTwoSpinners));
  for (int i = 0; i < 20000 && program->Printed().empty(); ++i)
    std::this_thread::sleep_for(milliseconds(1));
  const std::vector<pid_t> children = ChildrenOf(program->pid());
  ASSERT_EQ(children.size(), 1u);
  ASSERT_TRUE(program->Pause());
  EXPECT_EQ(StateOf(children[0]), 'T');
  const int64_t before = CpuTimeOf(children[0]);
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(CpuTimeOf(children[0]), before);
  EXPECT_LT(program->RanWhilePaused(), milliseconds(1));
  kill(children[0], SIGCONT);
  for (int i = 0; i < 2000 && program->RanWhilePaused() < milliseconds(5); ++i)
    std::this_thread::sleep_for(milliseconds(1));
  EXPECT_GE(program->RanWhilePaused(), milliseconds(5));
  const int64_t paused = CpuTimeOf(children[0]);
  ASSERT_TRUE(program->Resume());
  EXPECT_TRUE(UsesMoreThan(children[0], paused));
}

TEST_F(ProcessHandleTest, WhoContinuesItselfIsSeen) {
  auto program = Launch(ShellSpec("while :; do :; done"));
  std::this_thread::sleep_for(milliseconds(20));
  ASSERT_TRUE(program->Pause());
  kill(program->pid(), SIGCONT);
  for (int i = 0; i < 2000 && program->RanWhilePaused() < milliseconds(5); ++i)
    std::this_thread::sleep_for(milliseconds(1));
  EXPECT_GE(program->RanWhilePaused(), milliseconds(5));
}

TEST_F(ProcessHandleTest, WhoStopsAgainIsSeenToo) {
  auto program = Launch(ShellSpec("while :; do :; done"));
  std::this_thread::sleep_for(milliseconds(20));
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(program->Pause());
    EXPECT_EQ(program->RanWhilePaused().count(), 0);
    const int64_t before = CpuTimeOf(program->pid());
    kill(program->pid(), SIGCONT);
    ASSERT_TRUE(UsesMoreThan(program->pid(), before + kOneMs));
    kill(program->pid(), SIGSTOP);
    for (int i = 0; i < 20000 && StateOf(program->pid()) != 'T'; ++i)
      std::this_thread::sleep_for(milliseconds(1));
    EXPECT_GE(program->RanWhilePaused(), milliseconds(1));
    ASSERT_TRUE(program->Resume());
  }
}

TEST_F(ProcessHandleTest, AnEndedProgramCannotBePaused) {
  auto program = Launch(ProbeSpec({"act", "exit", "5"}));
  program->Wait(seconds(120));
  EXPECT_FALSE(program->Pause());
  EXPECT_FALSE(program->Resume());
  EXPECT_EQ(*program->ResidentBytes(), 0u);
  EXPECT_TRUE(program->CpuTime());
}

TEST_F(ProcessHandleTest, ADeathDuringPauseIsNotLost) {
  auto program = Launch(ProbeSpec({"act", "exit", "5"}));
  while (program->Pause()) (void)program->Resume();
  const ExitReport report = program->Wait(seconds(120));
  EXPECT_TRUE(report.exited);
  EXPECT_EQ(report.exit_code, 5);
}

TEST_F(ProcessHandleTest, WhatItPrintsIsReadWhileItLives) {
  auto program = Launch(ShellSpec("echo said; echo warned >&2; sleep 1000"));
  for (int i = 0; i < 2000 && program->Printed() != "warned\nsaid\n"; ++i)
    std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(program->Printed(), "warned\nsaid\n");
  EXPECT_FALSE(program->Ended());
  program->Kill();
  EXPECT_EQ(program->Printed(), "warned\nsaid\n") << "once it is gone, too";
}

TEST_F(ProcessHandleTest, MeasuresMemory) {
  auto program = Start({"act", "spin"});
  const auto bytes = program->ResidentBytes();
  ASSERT_TRUE(bytes);
  EXPECT_GT(*bytes, 10u << 10);
  EXPECT_LT(*bytes, 200u << 20);
}

TEST_F(ProcessHandleTest, WaitKillsAtTheDeadline) {
  auto program = Start({"act", "spin"});
  const pid_t pid = program->pid();
  const ExitReport report = program->Wait(milliseconds(20));
  EXPECT_TRUE(report.timed_out);
  EXPECT_FALSE(report.exited);
  EXPECT_EQ(report.signal, SIGKILL);
  EXPECT_EQ(report.limit, "");
  EXPECT_TRUE(Vanishes(pid));
  EXPECT_TRUE(program->Wait(milliseconds(0)).timed_out);
}

TEST_F(ProcessHandleTest, KillEndsAPausedProgram) {
  auto program = Start({"act", "threads", "2"});
  ASSERT_TRUE(program->Pause());
  program->Kill();
  EXPECT_TRUE(program->Ended());
  EXPECT_FALSE(program->Wait(milliseconds(0)).timed_out);
}

TEST_F(ProcessHandleTest, TheDestructorKills) {
  auto program = Start({"act", "spin"});
  const pid_t pid = program->pid();
  EXPECT_TRUE(Exists(pid));
  program.reset();
  EXPECT_FALSE(Exists(pid));
}

TEST_F(ProcessHandleTest, ProgramsOutliveTheThreadThatLaunchedThem) {
  std::unique_ptr<Sandboxed> program;
  std::thread([&] { program = Start({"act", "spin"}); }).join();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_FALSE(program->Ended());
}

TEST_F(ProcessHandleTest, MemoryLimit) {
  if (!sandbox_->facts().memory_by_cgroup) GTEST_SKIP() << "no cgroup";
  SandboxSpec spec = ProbeSpec({"probe", "use_memory", "100000000"});
  spec.limits.memory_bytes = 50 << 20;
  const ExitReport report = Run(spec);
  EXPECT_EQ(report.limit, "memory");
  EXPECT_EQ(report.signal, SIGKILL);
  EXPECT_LE(report.peak_bytes, 50u << 20);
}

TEST_F(ProcessHandleTest, FilesInTmpCountAsMemory) {
  if (!sandbox_->facts().memory_by_cgroup) GTEST_SKIP() << "no cgroup";
  SandboxSpec spec = ProbeSpec({"probe", "use_disk", "30000000", "4"});
  spec.limits.memory_bytes = 50 << 20;
  EXPECT_EQ(Run(spec).limit, "memory");
}

TEST_F(ProcessHandleTest, TaskLimit) {
  if (!sandbox_->facts().tasks_by_cgroup) GTEST_SKIP() << "no cgroup";
  SandboxSpec spec = ProbeSpec({"probe", "use_tasks", "50"});
  spec.limits.tasks = 10;
  const ExitReport report = Run(spec);
  EXPECT_EQ(report.limit, "tasks");
  EXPECT_EQ(report.exit_code, 1);
}

TEST_F(ProcessHandleTest, AForkBombOfABuildIsContained) {
  SandboxSpec spec = ShellSpec("f() { f | f & }; f; sleep 1; echo over");
  spec.limits.tasks = 30;
  const ExitReport report = Run(spec);
  if (sandbox_->facts().tasks_by_cgroup) {
    EXPECT_EQ(report.limit, "tasks");
  }
}

TEST_F(ProcessHandleTest, CpuTimeLimit) {
  SandboxSpec spec = ProbeSpec({"probe", "use_cpu"});
  spec.limits.cpu_seconds = 1;
  const ExitReport report = Run(spec);
  EXPECT_EQ(report.limit, "cpu time");
  EXPECT_EQ(report.signal, SIGKILL);
  EXPECT_FALSE(report.timed_out);
}

TEST_F(ProcessHandleTest, CpuTimeLimitOfACompilersChild) {
  SandboxSpec spec = ShellSpec("(while :; do :; done) & wait $!");
  spec.limits.cpu_seconds = 1;
  EXPECT_EQ(Run(spec).limit, "cpu time");
}

// A process that makes a sandbox, starts a program, says its pid and waits.
pid_t StartKeeper(int report) {
  const pid_t keeper = fork();
  if (keeper != 0) return keeper;
  auto sandbox = MakeSandbox({});
  if (!sandbox) _exit(1);
  auto program = (*sandbox)->Launch(ProbeSpec({"act", "spin"}));
  if (!program) _exit(1);
  const pid_t pid = (*program)->pid();
  (void)!write(report, &pid, sizeof(pid));
  while (true) pause();
}

TEST(ParentDeathTest, AKilledWorkerTakesItsProgramsAlong) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t keeper = StartKeeper(write_end.get());
  write_end.Reset();  // so that the end of a keeper that cannot start is seen
  pid_t program = 0;
  ASSERT_EQ(read(read_end.get(), &program, sizeof(program)),
            static_cast<ssize_t>(sizeof(program)));
  EXPECT_TRUE(Exists(program));
  kill(keeper, SIGKILL);
  waitpid(keeper, nullptr, 0);
  EXPECT_TRUE(Vanishes(program));
}

TEST(CgroupCleanUpTest, NothingIsLeftBehind) {
  // In our own groups alone: elsewhere other programs make and remove theirs.
  const auto leftovers = [] {
    const std::string prefix = "kernelevolve-" + std::to_string(getpid()) + "-";
    int count = 0;
    for (const char* controller : {"", "memory", "pids", "cpuacct"}) {
      const auto own = FindOwnCgroup(controller);
      std::error_code error;
      fs::directory_iterator entry(own ? own->folder : fs::path(), error), end;
      for (; !error && entry != end; entry.increment(error))
        count += entry->path().filename().string().starts_with(prefix);
    }
    return count;
  };
  {
    auto sandbox = MakeSandbox({});
    ASSERT_TRUE(sandbox);
    auto program = (*sandbox)->Launch(ProbeSpec({"act", "spin"}));
    ASSERT_TRUE(program);
    EXPECT_EQ((*sandbox)->facts().memory_by_cgroup, leftovers() > 0);
  }
  EXPECT_EQ(leftovers(), 0);
}

}  // namespace
}  // namespace kernelevolve::worker::testing
