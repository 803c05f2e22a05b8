#include "worker/gpu/driver/device_monitor.h"

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <optional>

#include "base/file.h"
#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr int kClockOfMultiprocessors = 1, kClockOfMemory = 2;
constexpr int kSensorOfDevice = 0;

template <typename Function>
bool Find(void* library, const char* symbol, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(library, symbol));
  return *function != nullptr;
}

// nullopt where there is no such process.
std::optional<int> ParentOf(int pid) {
  const auto text = ReadFile(format("/proc/{}/status", pid), 1 << 16);
  if (!text) return std::nullopt;
  constexpr std::string_view kLabel = "\nPPid:\t";
  const size_t at = text->find(kLabel);
  if (at == std::string::npos) return std::nullopt;
  int parent = 0;
  std::from_chars(text->data() + at + kLabel.size(), text->data() + text->size(),
                  parent);
  return parent;
}

// What cannot be seen in /proc counts among ours: it may be, under another name.
bool IsStranger(int pid) {
  if (!ParentOf(pid)) return false;
  const int self = getpid();
  while (pid > 0 && pid != self) pid = ParentOf(pid).value_or(0);
  return pid != self;
}

}  // namespace

Result<std::unique_ptr<DeviceMonitor>> DeviceMonitor::Open(
    const std::string& uuid, const std::string& library) {
  std::unique_ptr<DeviceMonitor> monitor(new DeviceMonitor());
  // Never closed: it may have threads of its own.
  void* opened = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!opened) return Missing(dlerror());
  Code (*init)() = nullptr;
  Code (*find)(const char*, Handle*) = nullptr;
  DeviceMonitor& self = *monitor;
  if (!Find(opened, "nvmlInit_v2", &init) ||
      !Find(opened, "nvmlDeviceGetHandleByUUID", &find) ||
      !Find(opened, "nvmlDeviceGetClockInfo", &self.clock_) ||
      (!Find(opened, "nvmlDeviceGetCurrentClocksEventReasons", &self.reasons_) &&
       !Find(opened, "nvmlDeviceGetCurrentClocksThrottleReasons", &self.reasons_)))
    return Missing(library + " lacks what tells the clocks");
  Find(opened, "nvmlDeviceGetTemperature", &self.temperature_);
  Find(opened, "nvmlDeviceGetPowerUsage", &self.power_);
  Find(opened, "nvmlDeviceGetComputeRunningProcesses_v3", &self.processes_);
  if (const Code code = init(); code != 0)
    return Missing(format("{} answers {}", library, code));
  Find(opened, "nvmlShutdown", &self.shutdown_);
  if (const Code code = find(uuid.c_str(), &self.handle_); code != 0)
    return Missing(format("{} does not know {} ({})", library, uuid, code));
  ASSIGN_OR_RETURN([[maybe_unused]] const DeviceState state, self.Read());
  return monitor;
}

DeviceMonitor::~DeviceMonitor() {
  if (shutdown_) shutdown_();
}

Result<DeviceState> DeviceMonitor::Read() const {
  DeviceState state;
  unsigned long long reasons = 0;
  Code code = clock_(handle_, kClockOfMultiprocessors, &state.sm_mhz);
  if (code == 0) code = clock_(handle_, kClockOfMemory, &state.memory_mhz);
  if (code == 0) code = reasons_(handle_, &reasons);
  if (code != 0)
    return Missing(format("the device does not tell its clocks ({})", code));
  state.reasons = reasons;
  if (!temperature_ || temperature_(handle_, kSensorOfDevice, &state.celsius) != 0)
    state.celsius = 0;
  unsigned milliwatts = 0;
  if (power_ && power_(handle_, &milliwatts) == 0) state.watts = 1e-3 * milliwatts;
  return state;
}

int DeviceMonitor::Strangers() const {
  std::array<Process, 256> processes{};
  unsigned count = processes.size();
  if (!processes_ || processes_(handle_, &count, processes.data()) != 0) return 0;
  int strangers = 0;
  for (unsigned i = 0; i < count && i < processes.size(); ++i)
    if (IsStranger(static_cast<int>(processes[i].pid))) ++strangers;
  return strangers;
}

}  // namespace kernelevolve::worker::gpu
