// Programs started in the sandbox: how they end, and what stays out of reach.
#include "worker/sandbox/sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "base/fd.h"
#include "base/text.h"
#include "worker/sandbox/testing/fixture.h"

namespace kernelevolve::worker::testing {
namespace {

TEST_F(SandboxTest, TellsTheExitCode) {
  const ExitReport report = Run(ProbeSpec({"act", "exit", "7"}));
  EXPECT_TRUE(report.exited);
  EXPECT_EQ(report.exit_code, 7);
  EXPECT_EQ(report.limit, "");
  EXPECT_FALSE(report.timed_out);
  EXPECT_GT(report.peak_bytes, 0u);
}

TEST_F(SandboxTest, TellsTheSignal) {
  const ExitReport report = Run(ProbeSpec({"act", "crash"}));
#ifdef __SANITIZE_ADDRESS__
  EXPECT_TRUE(report.exited);  // the sanitizer's own report ends it
#else
  EXPECT_FALSE(report.exited);
  EXPECT_EQ(report.signal, SIGSEGV);
#endif
}

TEST_F(SandboxTest, AnAbortIsReportedAsOne) {
  const ExitReport report = Run(ProbeSpec({"act", "abort"}));
  EXPECT_FALSE(report.exited);
  EXPECT_EQ(report.signal, SIGABRT);
}

TEST_F(SandboxTest, KeepsOutputAndErrorsApart) {
  const ExitReport report = Run(ShellSpec("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(report.output, "out\n");
  EXPECT_EQ(report.errors, "err\n");
  EXPECT_EQ(report.exit_code, 3);
}

TEST_F(SandboxTest, AFloodNeitherBlocksNorFillsUsUp) {
  SandboxSpec spec = ProbeSpec({"act", "flood", "8"});
  spec.limits.output_bytes = 5000;
  const ExitReport report = Run(spec);
  EXPECT_TRUE(report.exited);
  EXPECT_EQ(report.exit_code, 0);
  EXPECT_EQ(report.output.size(), 5000u);
  EXPECT_EQ(report.errors.size(), 5000u);
}

TEST_F(SandboxTest, InputIsEmpty) {
  EXPECT_EQ(Run(ShellSpec("cat; echo end")).output, "end\n");
}

TEST_F(SandboxTest, EnvironmentIsTheGivenOne) {
  SandboxSpec spec = ShellSpec("env | sort");
  spec.environment = {"A=1", "B=two words"};
  const std::string output = Run(spec).output;
  EXPECT_NE(output.find("A=1\nB=two words\n"), std::string::npos);
  EXPECT_EQ(output.find("HOME="), std::string::npos);
}

TEST_F(SandboxTest, StartsInTheWorkingFolder) {
  SandboxSpec spec = ShellSpec("pwd");
  EXPECT_EQ(Run(spec).output, "/tmp\n");
  spec.working_folder = "/usr";
  EXPECT_EQ(Run(spec).output, "/usr\n");
}

TEST_F(SandboxTest, IsTheFirstProcessAndNotRoot) {
  EXPECT_EQ(Run(ShellSpec("echo $$; id -u; hostname")).output,
            "1\n1000\nsandbox\n");
}

TEST_F(SandboxTest, WritableBindsArriveOutside) {
  auto folder = TempFolder::Create("sandbox-test");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(WriteFileAtomic(folder->path() / "in", "given"));
  SandboxSpec spec = ShellSpec("cat /build/in > /build/out");
  spec.binds = {{folder->path(), "/build", true}};
  EXPECT_EQ(Run(spec).exit_code, 0);
  const auto made = ReadFile(folder->path() / "out");
  ASSERT_TRUE(made);
  EXPECT_EQ(*made, "given");
}

TEST_F(SandboxTest, OtherBindsAreReadOnly) {
  auto folder = TempFolder::Create("sandbox-test");
  ASSERT_TRUE(folder);
  SandboxSpec spec = ShellSpec("touch /build/out");
  spec.binds = {{folder->path(), "/build"}};
  const ExitReport report = Run(spec);
  EXPECT_NE(report.exit_code, 0);
  EXPECT_NE(report.errors.find("Read-only"), std::string::npos);
}

TEST_F(SandboxTest, DescriptorsAreExactlyTheGivenOnes) {
  const Fd inherited(dup(0));  // not closed on exec
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Fd first(ends[0]), second(ends[1]);
  SandboxSpec spec = ProbeSpec({"act", "descriptors"});
  EXPECT_EQ(Run(spec).output, "0 1 2 ");
  spec.descriptors = {second.get(), first.get()};
  EXPECT_EQ(Run(spec).output, "0 1 2 3 4 ");
}

TEST_F(SandboxTest, DescriptorsKeepTheirOrder) {
  const Fd a(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Fd b(open("/etc/hostname", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(a && b);
  SandboxSpec spec = ShellSpec("readlink /proc/self/fd/3 /proc/self/fd/4");
  spec.descriptors = {b.get(), a.get()};
  const std::string output = Run(spec).output;
  EXPECT_NE(output.find("hostname\n"), std::string::npos);
  EXPECT_NE(output.find("/dev/null\n"), std::string::npos);
  EXPECT_LT(output.find("hostname"), output.find("null"));
}

TEST_F(SandboxTest, AffinityIsTheGivenOne) {
  SandboxSpec spec = ShellSpec("grep Cpus_allowed_list /proc/self/status");
  spec.cpus = {0};
  EXPECT_EQ(Run(spec).output, "Cpus_allowed_list:\t0\n");
}

TEST_F(SandboxTest, ACompilerWorks) {
  auto folder = TempFolder::Create("sandbox-test");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(WriteFileAtomic(folder->path() / "a.cc",
                              "#include <cmath>\n"
                              "extern \"C\" float f(float x) "
                              "{ return std::sqrt(x); }\n"));
  SandboxSpec spec;
  spec.profile = SyscallProfile::kBuild;
  spec.argv = {"/usr/bin/g++", "-O1",         "-fPIC", "-shared",
               "-fopenmp",     "/build/a.cc", "-o",    "/build/a.so"};
  spec.binds = {{folder->path(), "/build", true}};
  const ExitReport report = Run(spec);
  EXPECT_EQ(report.exit_code, 0) << report.errors;
  EXPECT_TRUE(fs::exists(folder->path() / "a.so"));
  EXPECT_GT(report.cpu_seconds, 0);
}

TEST_F(SandboxTest, ABuildDoesNotSeeOurFolders) {
  const fs::path own = fs::read_symlink("/proc/self/exe").parent_path();
  const ExitReport report =
      Run(ShellSpec("ls / && ls " + own.string() + " && exit 9"));
  EXPECT_NE(report.exit_code, 9);
  for (std::string_view name : Split(report.output, '\n')) {
    for (const char* hidden : {"home", "root", "work", "var", "opt"})
      EXPECT_NE(name, hidden);
  }
}

TEST_F(SandboxTest, APathThatIsNoProgramIsAnError) {
  SandboxSpec spec = ProbeSpec({});
  spec.argv = {"/ke/absent"};
  const auto launched = sandbox_->Launch(spec);
  ASSERT_FALSE(launched);
  EXPECT_NE(launched.error().message.find("/ke/absent"), std::string::npos);
  EXPECT_NE(launched.error().message.find("No such file"), std::string::npos);
}

TEST_F(SandboxTest, BadSpecsAreTheCallersMistake) {
  SandboxSpec spec;
  EXPECT_EQ(sandbox_->Launch(spec).error().code, ErrorCode::kBadInput);
  spec.argv = {"relative"};
  EXPECT_EQ(sandbox_->Launch(spec).error().code, ErrorCode::kBadInput);
  spec = ProbeSpec({"act", "exit"});
  spec.descriptors = {9999};
  EXPECT_EQ(sandbox_->Launch(spec).error().code, ErrorCode::kBadInput);
  spec = ProbeSpec({"act", "exit"});
  spec.working_folder = "/no/such/folder";
  const auto launched = sandbox_->Launch(spec);
  ASSERT_FALSE(launched);
  EXPECT_NE(launched.error().message.find("/no/such/folder"),
            std::string::npos);
}

TEST_F(SandboxTest, ManyThreadsMayLaunch) {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&, i] {
      const std::string code = std::to_string(i);
      auto program = sandbox_->Launch(ProbeSpec({"act", "exit", code}));
      if (!program) return;
      const auto report = (*program)->Wait(std::chrono::seconds(30));
      if (report.exited && report.exit_code == i) ++good;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 6);
}

TEST_F(SandboxTest, UnsafeModeRunsWithHostPaths) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "shadow memory does not fit RLIMIT_DATA";
#endif
  const auto unsafe = MakeSandbox({.unsafe_no_sandbox = true});
  ASSERT_TRUE(unsafe);
  auto program = (*unsafe)->Launch(ProbeSpec({"act", "exit", "4"}));
  ASSERT_TRUE(program) << program.error().message;
  const ExitReport report = (*program)->Wait(std::chrono::seconds(30));
  EXPECT_TRUE(report.exited);
  EXPECT_EQ(report.exit_code, 4);
}

}  // namespace
}  // namespace kernelevolve::worker::testing
