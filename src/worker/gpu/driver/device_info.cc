#include "worker/gpu/driver/device_info.h"

#include "base/format.h"
#include "worker/gpu/driver/cuda_error.h"

namespace kernelevolve::worker::gpu {
namespace {

std::string UuidText(const CuUuid& uuid) {
  std::string text = "GPU-";
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += format("{:02x}", static_cast<unsigned char>(uuid.bytes[i]));
  }
  return text;
}

// Answers 0 for an attribute that a driver does not know.
class Attributes {
 public:
  Attributes(const Driver& driver, CuDevice device)
      : driver_(driver), device_(device) {}
  int operator()(CuDeviceAttribute attribute) const {
    int value = 0;
    return driver_.DeviceGetAttribute(&value, attribute, device_) ==
                   kCudaSuccess
               ? value
               : 0;
  }
  bool Has(CuDeviceAttribute attribute) const {
    return (*this)(attribute) != 0;
  }

 private:
  const Driver& driver_;
  const CuDevice device_;
};

void ReadLimits(const Attributes& get, DeviceInfo& info) {
  info.major = get(kCapabilityMajor);
  info.minor = get(kCapabilityMinor);
  info.multiprocessors = get(kMultiprocessorCount);
  info.warp = get(kWarpSize);
  info.threads_per_block = get(kMaxThreadsPerBlock);
  info.threads_per_multiprocessor = get(kMaxThreadsPerMultiprocessor);
  info.blocks_per_multiprocessor = get(kMaxBlocksPerMultiprocessor);
  info.registers_per_block = get(kMaxRegistersPerBlock);
  info.registers_per_multiprocessor = get(kMaxRegistersPerMultiprocessor);
  info.shared_per_block = get(kMaxSharedPerBlock);
  info.shared_per_block_optin = get(kMaxSharedPerBlockOptin);
  info.shared_reserved_per_block = get(kReservedSharedPerBlock);
  info.shared_per_multiprocessor = get(kMaxSharedPerMultiprocessor);
  info.l2_bytes = static_cast<uint64_t>(get(kL2Bytes));
  info.persisting_l2_bytes = static_cast<uint64_t>(get(kMaxPersistingL2Bytes));
}

void ReadRest(const Attributes& get, DeviceInfo& info) {
  info.clock_khz = get(kClockKhz);
  info.memory_clock_khz = get(kMemoryClockKhz);
  info.memory_bus_bits = get(kMemoryBusBits);
  info.ecc = get.Has(kEccEnabled);
  info.cluster_launch = get.Has(kClusterLaunch);
  info.cooperative_launch = get.Has(kCooperativeLaunch);
  info.tensor_maps = get.Has(kTensorMapSupported);
  info.virtual_memory = get.Has(kVirtualMemorySupported);
  info.posix_handles = get.Has(kPosixHandleSupported);
}

Status ReadIdentity(const Driver& driver, CuDevice device, DeviceInfo& info) {
  const auto check = [&](CuResult code, const char* what) -> Status {
    if (code == kCudaSuccess) return {};
    return Fail(ToError(driver, CudaError{code, what}));
  };
  char name[256] = {};
  RETURN_IF_ERROR(check(driver.DeviceGetName(name, sizeof name - 1, device),
                        "the device's name"));
  info.name = name;
  CuUuid uuid{};
  RETURN_IF_ERROR(check(driver.DeviceGetUuid(&uuid, device),
                        "the device's identity"));
  info.uuid = UuidText(uuid);
  size_t bytes = 0;
  RETURN_IF_ERROR(check(driver.DeviceTotalMem(&bytes, device),
                        "the device's memory"));
  info.global_bytes = bytes;
  return {};
}

}  // namespace

Result<DeviceInfo> QueryDevice(const Driver& driver, int ordinal) {
  const int count = driver.DeviceCount();
  if (ordinal < 0 || ordinal >= count)
    return Missing(format("there is no device {}: the driver shows {}", ordinal,
                          count));
  CuDevice device = 0;
  if (const CuResult code = driver.DeviceGet(&device, ordinal); code != 0)
    return Fail(ToError(driver, CudaError{code, format("device {}", ordinal)}));
  DeviceInfo info;
  info.ordinal = ordinal;
  RETURN_IF_ERROR(ReadIdentity(driver, device, info));
  const Attributes attributes(driver, device);
  ReadLimits(attributes, info);
  ReadRest(attributes, info);
  return info;
}

Json DeviceToJson(const DeviceInfo& device) {
  return {{"name", device.name},
          {"uuid", device.uuid},
          {"arch", device.arch()},
          {"multiprocessors", device.multiprocessors},
          {"warp", device.warp},
          {"max_threads_per_block", device.threads_per_block},
          {"max_threads_per_multiprocessor", device.threads_per_multiprocessor},
          {"max_blocks_per_multiprocessor", device.blocks_per_multiprocessor},
          {"registers_per_block", device.registers_per_block},
          {"registers_per_multiprocessor", device.registers_per_multiprocessor},
          {"shared_per_block", device.shared_per_block},
          {"shared_per_block_optin", device.shared_per_block_optin},
          {"shared_reserved_per_block", device.shared_reserved_per_block},
          {"shared_per_multiprocessor", device.shared_per_multiprocessor},
          {"l2_bytes", device.l2_bytes},
          {"persisting_l2_bytes", device.persisting_l2_bytes},
          {"global_bytes", device.global_bytes},
          {"clock_khz", device.clock_khz},
          {"memory_clock_khz", device.memory_clock_khz},
          {"memory_bus_bits", device.memory_bus_bits},
          {"ecc", device.ecc},
          {"cluster_launch", device.cluster_launch},
          {"cooperative_launch", device.cooperative_launch},
          {"tensor_maps", device.tensor_maps}};
}

}  // namespace kernelevolve::worker::gpu
