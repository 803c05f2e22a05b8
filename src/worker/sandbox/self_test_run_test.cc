// The self-test finds a whole sandbox whole, and each missing layer missing.
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "worker/sandbox/self_test.h"
#include "worker/sandbox/testing/fixture.h"

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
  const char* left_out;
  std::vector<const char*> noticed_as;
};

void PrintTo(const MissingLayer& layer, std::ostream* out) {
  *out << layer.left_out;
}

class MissingLayerTest : public ::testing::TestWithParam<MissingLayer> {};

TEST_P(MissingLayerTest, IsNoticed) {
  const auto failing = FailingLayers({.leave_out = {GetParam().left_out}});
  for (const char* layer : GetParam().noticed_as)
    EXPECT_TRUE(Mentions(failing, layer))
        << layer << " in " << ::testing::PrintToString(failing);
}

const MissingLayer kMissingLayers[] = {
    {"pid", {"pid namespace", "daemons die with the program"}},
    {"mount",
     {"mount namespace", "host files are out of sight",
      "host folders are out of sight", "other processes are out of sight",
      "written files are not executable", "disk limit"}},
    {"network", {"network namespace"}},
    {"ipc", {"ipc namespace"}},
    {"uts", {"uts namespace"}},
    {"cgroup_namespace", {"cgroup namespace"}},
    {"capabilities", {"capabilities are dropped"}},
    {"seccomp",
     {"seccomp filter is loaded", "seccomp kills ptrace", "seccomp kills mount",
      "seccomp kills ptrace in a build", "a kernel cannot fork",
      "a kernel cannot start programs", "no sockets",
      "cores beyond the given ones stay out of reach"}},
    {"rlimits", {"file size limit", "CPU time limit", "no core dumps"}},
    {"descriptors", {"descriptors are closed"}},
    {"environment", {"environment is built from a list"}},
};

INSTANTIATE_TEST_SUITE_P(Layers, MissingLayerTest,
                         ::testing::ValuesIn(kMissingLayers));

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
