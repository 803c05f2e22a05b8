// kernelevolve-worker: builds, runs, verifies and times candidates. The engine
// starts it; docs/worker-protocol.md says how to talk to it.
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "worker/bundle/run_bundle.h"
#include "worker/gpu/launcher/launcher_child.h"
#include "worker/gpu/server/device_server.h"
#include "worker/record/record_child.h"
#include "worker/run/runner_child.h"
#include "worker/sandbox/self_test.h"
#include "worker/serve.h"

#ifdef __SANITIZE_ADDRESS__
// In the sandbox the leak checker, which traces its own process, is taken for an
// attack. ASAN_OPTIONS=detect_leaks=1 has it outside: no variable gets in.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

namespace {

using kernelevolve::worker::ServeOptions;

int Usage(FILE* to, int code) {
  std::fprintf(to,
               "usage: kernelevolve-worker serve [--lane-lock FILE] "
               "[--scratch DIR] [--device N] [--unsafe-no-sandbox]\n"
               "       kernelevolve-worker run-bundle DIR [--jobs N] "
               "[--device N]... [--unsafe-no-sandbox]\n"
               "       kernelevolve-worker self-test [--json]\n"
               "       kernelevolve-worker checks\n"
               "\n"
               "serve      speaks the worker protocol on stdin and stdout\n"
               "run-bundle judges the work bundles in DIR, for another machine\n"
               "self-test  proves that the sandbox holds on this machine\n"
               "checks     lists the judge's checks\n"
               "\n"
               "A worker starts device-server, launcher, runner, record-cuda and "
               "probe itself.\n");
  return code;
}

int ServeMain(const std::vector<std::string>& arguments) {
  // Inputs come and go by the megabyte: memory is kept, not given back and
  // faulted in again page by page.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  ServeOptions options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool has_value = i + 1 < arguments.size();
    if (arguments[i] == "--unsafe-no-sandbox") {
      options.unsafe_no_sandbox = true;
    } else if (arguments[i] == "--lane-lock" && has_value) {
      options.lane_lock = arguments[++i];
    } else if (arguments[i] == "--scratch" && has_value) {
      options.scratch = arguments[++i];
    } else if (arguments[i] == "--device" && has_value) {
      options.device = std::atoi(arguments[++i].c_str());
    } else {
      std::fprintf(stderr, "kernelevolve-worker: unknown argument %s\n",
                   arguments[i].c_str());
      return Usage(stderr, 2);
    }
  }
  return kernelevolve::worker::Serve(options);
}

int RunBundleMain(const std::vector<std::string>& arguments) {
  auto options = kernelevolve::worker::ParseRunBundle(arguments);
  if (!options) {
    std::fprintf(stderr, "kernelevolve-worker: %s\n",
                 options.error().message.c_str());
    return Usage(stderr, 2);
  }
  options->program = {
      kernelevolve::fs::read_symlink("/proc/self/exe").string()};
  return kernelevolve::worker::RunBundles(*options,
                                          kernelevolve::SystemClock());
}

// The worker that starts it says everything.
int DeviceServerMain(const std::vector<std::string>& arguments) {
  kernelevolve::worker::gpu::DeviceServerOptions options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool has_value = i + 1 < arguments.size();
    if (arguments[i] == "--unsafe-no-sandbox")
      options.unsafe_no_sandbox = true;
    else if (arguments[i] == "--device" && has_value)
      options.device = std::atoi(arguments[++i].c_str());
    else if (arguments[i] == "--socket" && has_value)
      options.socket = arguments[++i];
    else if (arguments[i] == "--lane-lock" && has_value)
      options.lane_lock = arguments[++i];
    else
      return Usage(stderr, 2);
  }
  if (options.socket.empty() || options.lane_lock.empty()) return Usage(stderr, 2);
  return kernelevolve::worker::gpu::RunDeviceServer(options);
}

int SelfTestMain(const std::vector<std::string>& arguments) {
  return kernelevolve::worker::PrintSelfTest(!arguments.empty() &&
                                             arguments[0] == "--json");
}

int ProbeMain(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return Usage(stderr, 2);
  return kernelevolve::worker::RunProbe(arguments[0],
                                        {arguments.begin() + 1, arguments.end()});
}

using Command = std::function<int(const std::vector<std::string>&)>;

std::map<std::string, Command> Commands() {
  namespace worker = kernelevolve::worker;
  return {{"serve", ServeMain},
          {"run-bundle", RunBundleMain},
          {"self-test", SelfTestMain},
          {"checks", [](const auto&) { return worker::PrintChecks(); }},
          {"device-server", DeviceServerMain},
          {"launcher", worker::gpu::LauncherMain},
          {"runner", worker::RunnerMain},
          {"record-cuda", worker::RecordCudaMain},
          {"probe", ProbeMain}};
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return Usage(stderr, 2);
  if (arguments[0] == "--help") return Usage(stdout, 0);
  const auto commands = Commands();
  const auto command = commands.find(arguments[0]);
  if (command == commands.end()) return Usage(stderr, 2);
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (std::ranges::find(rest, "--help") != rest.end()) return Usage(stdout, 0);
  return command->second(rest);
}
