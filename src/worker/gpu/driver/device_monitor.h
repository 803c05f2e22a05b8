// DeviceMonitor: what the driver's management library (NVML) tells of a device
// while it works: clocks, temperature, power, what holds it back, who uses it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace kernelevolve::worker::gpu {

// Why a device does not run at its highest clocks; NVML's bits.
enum ClockReason : uint64_t {
  kClockIdle = 0x1,
  kClockSetting = 0x2,  // somebody fixed the clocks
  kClockPowerCap = 0x4,
  kClockHardwareSlowdown = 0x8,
  kClockSyncBoost = 0x10,
  kClockSoftwareThermal = 0x20,
  kClockHardwareThermal = 0x40,
  kClockPowerBrake = 0x80,
  kClockDisplay = 0x100,
};

struct DeviceState {
  unsigned sm_mhz = 0, memory_mhz = 0;
  unsigned celsius = 0;  // 0 where the device does not say
  double watts = 0;      // the same
  uint64_t reasons = 0;  // ClockReason
};

// Owned by the judge of a device; one thread. Reading takes far less than a
// millisecond and touches no context.
class DeviceMonitor {
 public:
  // `uuid` as DeviceInfo has it. kMissing without the library, or where it does
  // not know the device or its clocks.
  static Result<std::unique_ptr<DeviceMonitor>> Open(
      const std::string& uuid,
      const std::string& library = "libnvidia-ml.so.1");
  ~DeviceMonitor();
  DeviceMonitor(const DeviceMonitor&) = delete;

  Result<DeviceState> Read() const;
  // Processes with work on the device that neither are this one nor descend from
  // it. Those of another container show up in no list.
  int Strangers() const;

 private:
  DeviceMonitor() = default;

  using Handle = struct NvmlDeviceTag*;
  using Code = int;  // 0 is success
  struct Process {   // nvmlProcessInfo_t
    unsigned pid;
    unsigned long long used_bytes;
    unsigned gpu_instance, compute_instance;
  };
  Code (*shutdown_)() = nullptr;
  Code (*clock_)(Handle, int kind, unsigned* mhz) = nullptr;
  Code (*reasons_)(Handle, unsigned long long* reasons) = nullptr;
  // Some devices, and some drivers, do without these.
  Code (*temperature_)(Handle, int sensor, unsigned* celsius) = nullptr;
  Code (*power_)(Handle, unsigned* milliwatts) = nullptr;
  Code (*processes_)(Handle, unsigned* count, Process* processes) = nullptr;
  Handle handle_ = nullptr;
};

}  // namespace kernelevolve::worker::gpu
