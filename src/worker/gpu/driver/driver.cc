#include "worker/gpu/driver/driver.h"

#include <dlfcn.h>

#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

// cuFuncGetParamInfo came with 12.4: without it a plan's parameters could not
// be held against the kernel's own.
constexpr int kOldestVersion = 12040;

std::string VersionText(int version) {
  return format("{}.{}", version / 1000, version % 1000 / 10);
}

tl::unexpected<Error> NoDevice(const std::string& why) {
  return Missing(format(
      "the NVIDIA driver finds no device: {}; see `nvidia-smi`, and in a "
      "container pass the device in (`docker run --gpus all`)", why));
}

}  // namespace

Result<std::unique_ptr<Driver>> Driver::Open(const std::string& library) {
  std::unique_ptr<Driver> driver(new Driver());
  RETURN_IF_ERROR(driver->Load(library));
  RETURN_IF_ERROR(driver->Start());
  return driver;
}

Status Driver::Load(const std::string& library) {
  library_ = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library_)
    return Missing(format(
        "no NVIDIA driver: {}; install the driver ({} or newer, `nvidia-smi` "
        "shows it), or in a container pass the device in (`docker run --gpus "
        "all`)", dlerror(), VersionText(kOldestVersion)));
  RETURN_IF_ERROR(CheckVersion());
#define KE_LOAD(member, symbol, parameters)                                   \
  member = reinterpret_cast<decltype(member)>(dlsym(library_, #symbol));      \
  if (!member)                                                                \
    return Missing(format("the NVIDIA driver ({}) lacks " #symbol             \
                          "; update it", VersionText(version_)));
  KE_CUDA_ENTRY_POINTS(KE_LOAD)
#undef KE_LOAD
  return {};
}

Status Driver::CheckVersion() {
  const auto get_version = reinterpret_cast<CuResult (*)(int*)>(
      dlsym(library_, "cuDriverGetVersion"));
  if (!get_version) return Missing("libcuda.so.1 is not the NVIDIA driver");
  const CuResult code = get_version(&version_);
  if (code == kCudaStubLibrary)
    return Missing("libcuda.so.1 is the stub of the CUDA toolkit, which serves "
                   "linking alone; install the NVIDIA driver, or take the "
                   "toolkit's stubs out of LD_LIBRARY_PATH");
  if (code != kCudaSuccess)
    return NoDevice(format("cuDriverGetVersion answers {}", code));
  if (version_ < kOldestVersion)
    return Missing(format("the NVIDIA driver speaks CUDA {}; {} or newer is "
                          "needed: update the driver", VersionText(version_),
                          VersionText(kOldestVersion)));
  return {};
}

Status Driver::Start() {
  if (const CuResult code = Init(0); code != kCudaSuccess)
    return NoDevice("cuInit: " + Describe(code));
  return {};
}

int Driver::DeviceCount() const {
  int count = 0;
  return DeviceGetCount(&count) == kCudaSuccess ? count : 0;
}

std::string Driver::Name(CuResult code) const {
  const char* text = nullptr;
  if (GetErrorName(code, &text) == kCudaSuccess && text) return text;
  return format("CUDA error {}", code);
}

std::string Driver::Describe(CuResult code) const {
  const char* text = nullptr;
  if (GetErrorString(code, &text) != kCudaSuccess || !text) text = "unknown";
  return format("{} ({}), {}", Name(code), code, text);
}

}  // namespace kernelevolve::worker::gpu
