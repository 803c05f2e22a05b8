#include "process/child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "process/command.h"

namespace kernelevolve {
namespace {

using namespace std::chrono_literals;

ChildSpec Spec(std::vector<std::string> argv) {
  ChildSpec spec;
  spec.argv = std::move(argv);
  return spec;
}

// Python stands in for misbehaving programs: no shell of ours, no helper
// binary.
ChildSpec Python(const std::string& script) {
  return Spec({"python3", "-c", script});
}

std::string ReadLine(int fd) {
  std::string line;
  for (char c; ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

bool Alive(pid_t pid) {
  if (::kill(pid, 0) != 0) return false;
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string id, name, state;
  stat >> id >> name >> state;
  return state != "Z";
}

bool DiesSoon(pid_t pid) {
  for (int i = 0; i < 500 && Alive(pid); ++i) std::this_thread::sleep_for(10ms);
  return !Alive(pid);
}

TEST(Child, ReportsExitCodeAndSignal) {
  auto fails = Child::Start(Spec({"false"}));
  ASSERT_TRUE(fails);
  EXPECT_EQ(fails->Wait(10s)->exit_code, 1);
  EXPECT_EQ(fails->Wait(0ms)->ToString(), "exit code 1");  // and again
  auto aborts = Child::Start(Python("import os; os.abort()"));
  ASSERT_TRUE(aborts);
  EXPECT_EQ(aborts->Wait(10s)->signal, SIGABRT);
}

TEST(Child, MissingProgramIsMissingNotADeadChild) {
  auto absent = Child::Start(Spec({"/nowhere/at/all"}));
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kMissing);
  auto nameless = Child::Start(Spec({"no-such-program-anywhere"}));
  ASSERT_FALSE(nameless);
  EXPECT_EQ(nameless.error().code, ErrorCode::kMissing);
}

TEST(Child, TalksOverPipes) {
  ChildSpec spec = Spec({"cat"});
  spec.pipe_input = true;
  auto child = Child::Start(spec);
  ASSERT_TRUE(child);
  ASSERT_EQ(::write(child->input(), "hello\n", 6), 6);
  EXPECT_EQ(ReadLine(child->output()), "hello");
  child->CloseInput();
  EXPECT_TRUE(child->Wait(10s)->ok());
}

TEST(Child, PassesOneDescriptor) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ChildSpec spec = Python("import os; os.write(3, b'passed\\n')");
  spec.passed = ends[1];
  auto child = Child::Start(spec);
  ASSERT_TRUE(child);
  EXPECT_EQ(ReadLine(ends[0]), "passed");
  EXPECT_TRUE(child->Wait(10s)->ok());
  spec.argv = {"/nowhere/at/all"};  // the failure is told all the same
  EXPECT_EQ(Child::Start(spec).error().code, ErrorCode::kMissing);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(Child, WaitGivesUpOnARunningChild) {
  auto child = Child::Start(Spec({"sleep", "60"}));
  ASSERT_TRUE(child);
  EXPECT_FALSE(child->Wait(20ms));
  EXPECT_EQ(child->Kill().signal, SIGKILL);
  EXPECT_EQ(child->Kill().signal, SIGKILL);
}

TEST(Child, TerminateEndsOneThatIgnoresTheRequest) {
  auto child = Child::Start(
      Python("import signal,time;signal.signal(signal.SIGTERM,signal.SIG_IGN);"
             "print('ready',flush=True);time.sleep(60)"));
  ASSERT_TRUE(child);
  ASSERT_EQ(ReadLine(child->output()), "ready");
  EXPECT_EQ(child->Terminate(50ms).signal, SIGKILL);
}

constexpr const char* kForks =
    "import os,time\n"
    "pid=os.fork()\n"
    "if pid==0: time.sleep(60)\n"
    "print(pid,flush=True)\n";

TEST(Child, DestructorKillsWhatItStartedAndLeavesNoZombie) {
  pid_t child_pid, grandchild;
  {
    auto child = Child::Start(Python(std::string(kForks) + "time.sleep(60)"));
    ASSERT_TRUE(child);
    child_pid = child->pid();
    grandchild = std::stoi(ReadLine(child->output()));
  }
  EXPECT_TRUE(DiesSoon(grandchild));
  EXPECT_EQ(::waitpid(child_pid, nullptr, WNOHANG), -1);  // already reaped
}

TEST(Child, OrphansOfAnEndedChildAreKilledToo) {
  auto child = Child::Start(Python(kForks));
  ASSERT_TRUE(child);
  const pid_t grandchild = std::stoi(ReadLine(child->output()));
  EXPECT_TRUE(child->Wait(10s)->ok());
  EXPECT_TRUE(DiesSoon(grandchild));
}

TEST(Child, DiesWithTheThreadThatStartedIt) {
  pid_t pid = 0;
  std::optional<Child> child;
  std::thread([&] {
    auto started = Child::Start(Spec({"sleep", "60"}));
    ASSERT_TRUE(started);
    pid = started->pid();
    child = std::move(*started);
  }).join();
  EXPECT_EQ(child->Wait(10s)->signal, SIGKILL);
}

TEST(Child, AppendsErrorsToTheLogAndSetsTheEnvironment) {
  auto folder = TempFolder::Create("child_test");
  ASSERT_TRUE(folder);
  for (const char* value : {"one", "two"}) {
    ChildSpec spec = Python(
        "import os,sys;print(os.environ['KE_X'],os.getcwd(),file=sys.stderr)");
    spec.environment["KE_X"] = value;
    spec.working_folder = folder->path();
    spec.error_log = folder->path() / "log";
    auto child = Child::Start(spec);
    ASSERT_TRUE(child);
    EXPECT_TRUE(child->Wait(10s)->ok());
  }
  const std::string path = folder->path().string();
  EXPECT_EQ(*ReadFile(folder->path() / "log"),
            "one " + path + "\ntwo " + path + "\n");
}

TEST(Command, CollectsBothStreams) {
  const StopCondition stop;
  auto outcome = RunCommand(
      Python("import sys;print('out');print('err',file=sys.stderr)"), {}, stop);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->exit.ok());
  EXPECT_EQ(outcome->output, "out\n");
  EXPECT_EQ(outcome->errors, "err\n");
}

TEST(Command, CutsAFlood) {
  const StopCondition stop;
  CommandLimits limits;
  limits.output_bytes = 1000;
  auto outcome = RunCommand(Python("print('x' * 10_000_000)"), limits, stop);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->exit.ok());
  EXPECT_EQ(outcome->output.size(), 1000u);
  EXPECT_TRUE(outcome->truncated);
}

TEST(Command, KillsAtTheDeadlineEvenIfItClosedItsStreams) {
  const StopCondition stop;
  CommandLimits limits;
  limits.timeout = 300ms;
  auto outcome = RunCommand(
      Python("import os,time;os.close(1);os.close(2);time.sleep(60)"), limits,
      stop);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->timed_out);
  EXPECT_EQ(outcome->exit.signal, SIGKILL);
}

TEST(Command, ADescendantThatKeepsThePipeOpenDoesNotHoldUsUp) {
  const StopCondition stop;
  auto outcome =
      RunCommand(Python("import os,time\n"
                        "if os.fork()==0:\n  os.setsid();time.sleep(5)\n"
                        "else: print('done',flush=True)"),
                 {}, stop);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->timed_out);
  EXPECT_EQ(outcome->output, "done\n");
}

TEST(Command, StopsWhenAsked) {
  StopCondition stop;
  std::thread later([&] {
    std::this_thread::sleep_for(50ms);
    stop.Request(StopCondition::Reason::kInterrupt);
  });
  auto outcome = RunCommand(Spec({"sleep", "60"}), {}, stop);
  later.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kInterrupted);
}

}  // namespace
}  // namespace kernelevolve
