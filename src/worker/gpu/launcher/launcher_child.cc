#include "worker/gpu/launcher/launcher_child.h"

#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "wire/frame.h"
#include "worker/gpu/driver/device_info.h"
#include "worker/gpu/launcher/launcher_service.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr int kSocket = 3;

struct Options {
  int device = 0;
  std::string driver = "libcuda.so.1";
  unsigned flags = kScheduleSpin;
};

std::optional<Options> Read(const std::vector<std::string>& arguments) {
  Options options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool has_value = i + 1 < arguments.size();
    if (arguments[i] == "--block") {
      options.flags = kScheduleBlockingSync;
    } else if (arguments[i] == "--driver" && has_value) {
      options.driver = arguments[++i];
    } else if (arguments[i] == "--device" && has_value) {
      const std::string& text = arguments[++i];
      const auto read = std::from_chars(
          text.data(), text.data() + text.size(), options.device);
      if (read.ec != std::errc() || read.ptr != text.data() + text.size())
        return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

// The user's settings for programs of his own, which would change what is
// measured or forbid what we do.
void SetEnvironment() {
  // Kernels are loaded when their module is, not in the midst of a call.
  setenv("CUDA_MODULE_LOADING", "EAGER", 1);
  setenv("CUDA_CACHE_DISABLE", "1", 1);
  unsetenv("CUDA_LAUNCH_BLOCKING");
}

int Refuse(const Error& error) {
  (void)WriteFrame(kSocket,
                   {{"ok", false},
                    {"missing", error.code == ErrorCode::kMissing},
                    {"message", error.message}});
  return 1;
}

int Serve(const Driver& driver, int device) {
  LauncherService service(driver, device, kSocket);
  while (auto request = ReadFrame(kSocket)) {
    const Json reply = service.Answer(*request);
    const bool sent = WriteFrame(kSocket, reply).has_value();
    // In a lost context nothing can be given back, and trying may block.
    if (service.lost()) _exit(0);
    if (!sent) break;
  }
  return 0;
}

}  // namespace

int LauncherMain(const std::vector<std::string>& arguments) {
  const auto options = Read(arguments);
  if (!options) {
    std::fprintf(stderr, "usage: kernelevolve-worker launcher --device N "
                         "[--driver LIBRARY] [--block]\n");
    return 2;
  }
  SetEnvironment();
  const auto driver = Driver::Open(options->driver);
  if (!driver) return Refuse(driver.error());
  const auto info = QueryDevice(**driver, options->device);
  if (!info) return Refuse(info.error());
  const auto context =
      PrimaryContext::Create(**driver, options->device, options->flags);
  if (!context) return Refuse(context.error());
  if (!WriteFrame(kSocket, {{"ok", true}, {"device", DeviceToJson(*info)}}))
    return 1;
  return Serve(**driver, options->device);
}

}  // namespace kernelevolve::worker::gpu
