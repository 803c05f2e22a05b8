// The self-test finds a whole sandbox whole, and each missing layer missing.
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/fd.h"
#include "base/text.h"
#include "wire/frame.h"
#include "worker/sandbox/self_test.h"
#include "worker/sandbox/testing/fixture.h"
#include "worker/serve.h"

namespace kernelevolve::worker::testing {
namespace {

std::set<std::string> FailingLayers(const SandboxOptions& options) {
  auto sandbox = MakeSandbox(options);
  if (!sandbox) return {sandbox.error().message};
  std::set<std::string> failing;
  for (const auto& layer : RunSelfTest(**sandbox, {.program = ProbeProgram()}))
    if (!layer.working) failing.insert(layer.name + ": " + layer.detail);
  return failing;
}

bool Mentions(const std::set<std::string>& failing, const std::string& layer) {
  for (const std::string& text : failing)
    if (text.starts_with(layer + ":")) return true;
  return false;
}

TEST(SelfTestTest, AWholeSandboxPasses) {
  EXPECT_EQ(FailingLayers({}), std::set<std::string>());
}

struct MissingLayer {
  std::vector<std::string> left_out;
  std::vector<const char*> noticed_as;
};

void PrintTo(const MissingLayer& layer, std::ostream* out) {
  *out << Join(layer.left_out, " ");
}

class MissingLayerTest : public ::testing::TestWithParam<MissingLayer> {
 protected:
  void SetUp() override {
    const auto& left_out = GetParam().left_out;
    if (geteuid() != 0 && std::ranges::count(left_out, "user") > 0)
      GTEST_SKIP() << "an ordinary user makes no other namespace without it";
  }
};

TEST_P(MissingLayerTest, IsNoticed) {
  const auto failing = FailingLayers({.leave_out = GetParam().left_out});
  for (const char* layer : GetParam().noticed_as)
    EXPECT_TRUE(Mentions(failing, layer))
        << layer << " in " << ::testing::PrintToString(failing);
}

// What a worker does about it, by its own words and exit code.
TEST_P(MissingLayerTest, NothingIsServedWithoutIt) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Fd read_end(ends[0]), write_end(ends[1]);
  ServeOptions options;
  options.leave_out = GetParam().left_out;
  options.self_test.program = ProbeProgram();
  options.output_fd = write_end.get();
  options.input_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const Fd input(options.input_fd);
  EXPECT_EQ(Serve(options), 3);
  const auto answer = ReadFrame(read_end.get(), 1000);
  ASSERT_TRUE(answer);
  const auto refusal = wire::ErrorFromJson(*answer);
  EXPECT_EQ(refusal.code, ErrorCode::kMissing);
  for (const char* layer : GetParam().noticed_as)
    EXPECT_NE(refusal.message.find(layer), std::string::npos)
        << layer << " in " << refusal.message;
}

TEST(SelfTestTest, AWorkerServesWithAWholeSandbox) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Fd read_end(ends[0]), write_end(ends[1]);
  const Fd input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  ServeOptions options;
  options.self_test.program = ProbeProgram();
  options.output_fd = write_end.get();
  options.input_fd = input.get();
  EXPECT_EQ(Serve(options), 0);  // nobody asks
  const auto answer = ReadFrame(read_end.get(), 1000);
  ASSERT_TRUE(answer);
  EXPECT_EQ(wire::MessageType(*answer), "hello");
}

// Where two layers stop the same act, both are left out.
const MissingLayer kMissingLayers[] = {
    {{"user"}, {"user namespace"}},
    {{"pid"}, {"pid namespace", "daemons die with the program"}},
    {{"mount"},
     {"mount namespace", "host files are out of sight",
      "host folders are out of sight", "other processes are out of sight",
      "the build cache is out of reach", "devices are out of sight",
      "devices are out of sight of host code",
      "no shared memory to write", "written files are not executable",
      "disk limit"}},
    {{"mount", "user"}, {"the root and binds are read-only"}},
    {{"network"},
     {"network namespace", "no connection to this machine by name"}},
    {{"network", "seccomp"}, {"no connection to this machine"}},
    {{"ipc"}, {"ipc namespace"}},
    {{"uts"}, {"uts namespace"}},
    {{"cgroup_namespace"}, {"cgroup namespace"}},
    {{"cgroup", "rlimits"}, {"memory limit", "task limit"}},
    {{"capabilities"}, {"capabilities are dropped"}},
    // A filter brings it along.
    {{"no_new_privileges", "seccomp"}, {"no_new_privs"}},
    {{"seccomp"},
     {"seccomp filter is loaded", "seccomp kills ptrace", "seccomp kills mount",
      "seccomp kills setns", "seccomp kills finit_module",
      "seccomp kills kexec_load", "seccomp kills process_vm_writev",
      "seccomp kills ptrace in a build", "seccomp kills ptrace in host code",
      "a kernel cannot fork", "a kernel cannot start programs", "no sockets",
      "no signals by way of files",
      "cores beyond the given ones stay out of reach"}},
    {{"rlimits"}, {"file size limit", "CPU time limit", "no core dumps"}},
    {{"descriptors"}, {"descriptors are closed"}},
    {{"environment"}, {"environment is built from a list"}},
};

INSTANTIATE_TEST_SUITE_P(Layers, MissingLayerTest,
                         ::testing::ValuesIn(kMissingLayers));

// Nothing is believed that has never been seen to fail: each line of the
// self-test does without some layer, but where this machine itself refuses.
TEST(SelfTestTest, EveryLineHasBeenSeenToFail) {
  std::set<std::string> failing = FailingLayers({.unsafe_no_sandbox = true});
  for (const MissingLayer& layer : kMissingLayers)
    failing.merge(FailingLayers({.leave_out = layer.left_out}));
  failing.merge(FailingLayers({.leave_out = {"user", "capabilities"}}));
  // A control, seen to fail with a program that has no probes.
  failing.insert("programs run: ");
  if (prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE) != 1)
    failing.insert("limits cannot be raised: ");
  if (RunProbe("reach_outside", {}) != 0)
    failing.insert("no way to other machines: ");
  auto sandbox = MakeSandbox({});
  ASSERT_TRUE(sandbox);
  for (const auto& layer : RunSelfTest(**sandbox, {.program = ProbeProgram()}))
    EXPECT_TRUE(Mentions(failing, layer.name)) << layer.name;
}

TEST(SelfTestTest, UnsafeModeFailsWhereverItShould) {
  const auto failing = FailingLayers({.unsafe_no_sandbox = true});
  for (const char* layer :
       {"user namespace", "no_new_privs", "the worker cannot be signalled",
        "the worker's memory is unreadable", "no connection to this machine",
        "the root and binds are read-only", "seccomp kills mount"})
    EXPECT_TRUE(Mentions(failing, layer)) << layer;
}

TEST(SelfTestTest, AProgramWithoutProbesFails) {
  auto sandbox = MakeSandbox({});
  ASSERT_TRUE(sandbox);
  // Ends with 1 whatever it is asked, as a refused probe would.
  for (const auto& layer :
       RunSelfTest(**sandbox, {.program = "/usr/bin/false"}))
    if (layer.name == "programs run" || layer.name == "seccomp kills mount") {
      EXPECT_FALSE(layer.working) << layer.name;
    }
}

// Runs `work` in a process of its own and returns what it printed.
template <typename Work>
std::string InChild(const Work& work) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = work();
    (void)!write(ends[1], text.data(), text.size());
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof(buffer))) > 0;)
    text.append(buffer, count);
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return text;
}

std::string BecomeOrdinary() {
  if (geteuid() != 0) return "";
  // The last undoes what a change of ids without exec does to /proc/PID.
  const bool done =
      setgroups(0, nullptr) == 0 && setresgid(1000, 1000, 1000) == 0 &&
      setresuid(1000, 1000, 1000) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0;
  return done ? "" : "cannot become an ordinary user";
}

TEST(SelfTestTest, PassesForAnOrdinaryUser) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "shadow memory does not fit RLIMIT_DATA";
#endif
  const std::string trouble = InChild([] {
    std::string text = BecomeOrdinary();
    if (!text.empty()) return text;
    for (const std::string& failing : FailingLayers({})) text += failing + "\n";
    return text;
  });
  EXPECT_EQ(trouble, "");
}

TEST(SelfTestTest, SaysWhichLayerAMachineDoesNotAllow) {
  const std::string message = InChild([]() -> std::string {
    if (unshare(CLONE_NEWUSER) != 0) return "cannot prepare";
    std::ofstream("/proc/sys/user/max_user_namespaces") << 0;
    auto sandbox = MakeSandbox({});
    if (sandbox) return "it was made";
    if (sandbox.error().code != ErrorCode::kMissing) return "wrong code";
    return sandbox.error().message;
  });
  EXPECT_NE(message.find("user namespaces are not allowed"), std::string::npos)
      << message;
  EXPECT_NE(message.find("sysctl -w user.max_user_namespaces"),
            std::string::npos)
      << message;
}

}  // namespace
}  // namespace kernelevolve::worker::testing
