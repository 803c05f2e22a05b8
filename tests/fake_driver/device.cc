// Start, identity, contexts, and what the rest shares.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "fake_driver.h"

namespace kernelevolve::worker::gpu {
namespace fake {

Device& TheDevice() {
  static Device device;
  return device;
}

static std::map<std::string, int>& Counts() {
  static std::map<std::string, int> counts;
  return counts;
}

CuResult Answer(const char* symbol) {
  if (const char* faults = std::getenv("KE_FAKE_DRIVER_FAIL")) {
    const std::string all = std::string(",") + faults + ",";
    const std::string key = std::string(",") + symbol + "=";
    const size_t found = all.find(key);
    if (found != std::string::npos)
      return std::atoi(all.c_str() + found + key.size());
  }
  return TheDevice().dead;
}

void Log(const std::string& line) {
  const char* path = std::getenv("KE_FAKE_DRIVER_LOG");
  FILE* file = path ? std::fopen(path, "a") : nullptr;
  if (!file) return;
  std::fprintf(file, "%s\n", line.c_str());
  std::fclose(file);
}

void Count(const char* kind, int change) { Counts()[kind] += change; }

void LogCounts() {
  std::string line = "left";
  for (const auto& [kind, count] : Counts())
    if (count != 0) line += " " + kind + "=" + std::to_string(count);
  Log(line);
}

}  // namespace fake

extern "C" {

CuResult cuDriverGetVersion(int* version) {
  const char* told = std::getenv("KE_FAKE_DRIVER_VERSION");
  *version = told ? std::atoi(told) : 13000;
  return kCudaSuccess;
}
CuResult cuInit(unsigned) {
  KE_FAKE_ANSWER();
  return kCudaSuccess;
}
CuResult cuGetErrorName(CuResult code, const char** text) {
  const std::map<CuResult, const char*> names = {
      {1, "CUDA_ERROR_INVALID_VALUE"},     {2, "CUDA_ERROR_OUT_OF_MEMORY"},
      {100, "CUDA_ERROR_NO_DEVICE"},       {209, "CUDA_ERROR_NO_BINARY_FOR_GPU"},
      {214, "CUDA_ERROR_ECC_UNCORRECTABLE"}, {500, "CUDA_ERROR_NOT_FOUND"},
      {700, "CUDA_ERROR_ILLEGAL_ADDRESS"}, {719, "CUDA_ERROR_LAUNCH_FAILED"},
      {200, "CUDA_ERROR_INVALID_IMAGE"},
      {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"},
      {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"}};
  const auto found = names.find(code);
  *text = found == names.end() ? nullptr : found->second;
  return *text ? kCudaSuccess : kCudaInvalidValue;
}
CuResult cuGetErrorString(CuResult, const char** text) {
  *text = "as the stand-in says";
  return kCudaSuccess;
}
CuResult cuDeviceGetCount(int* count) {
  *count = 1;
  return kCudaSuccess;
}
CuResult cuDeviceGet(CuDevice* device, int ordinal) {
  *device = ordinal;
  return ordinal == 0 ? kCudaSuccess : kCudaInvalidDevice;
}
CuResult cuDeviceGetName(char* name, int length, CuDevice) {
  std::snprintf(name, static_cast<size_t>(length), "Stand-in 9000");
  return kCudaSuccess;
}
CuResult cuDeviceGetUuid_v2(CuUuid* uuid, CuDevice) {
  for (int i = 0; i < 16; ++i) uuid->bytes[i] = static_cast<char>(0xf0 + i);
  return kCudaSuccess;
}
CuResult cuDeviceGetAttribute(int* value, int attribute, CuDevice) {
  const std::map<int, int> values = {
      {kCapabilityMajor, 9},        {kCapabilityMinor, 0},
      {kMultiprocessorCount, 4},    {kWarpSize, 32},
      {kMaxSharedPerBlock, 49152},  {kMaxSharedPerBlockOptin, 232448},
      {kL2Bytes, 1 << 20},          {kVirtualMemorySupported, 1},
      {kPosixHandleSupported, 1}};
  const auto found = values.find(attribute);
  *value = found == values.end() ? 0 : found->second;
  return kCudaSuccess;
}
CuResult cuDeviceTotalMem_v2(size_t* bytes, CuDevice) {
  *bytes = size_t{1} << 30;
  return kCudaSuccess;
}
CuResult cuDevicePrimaryCtxRetain(CuContext* context, CuDevice) {
  KE_FAKE_ANSWER();
  *context = reinterpret_cast<CuContext>(0x1000);
  fake::Count("contexts", 1);
  return kCudaSuccess;
}
CuResult cuDevicePrimaryCtxRelease_v2(CuDevice) {
  fake::Count("contexts", -1);
  fake::LogCounts();
  return kCudaSuccess;
}
CuResult cuDevicePrimaryCtxSetFlags_v2(CuDevice, unsigned) {
  return kCudaSuccess;
}
CuResult cuCtxSetCurrent(CuContext) { return kCudaSuccess; }
CuResult cuCtxSynchronize() {
  KE_FAKE_ANSWER();
  return kCudaSuccess;
}
CuResult cuCtxResetPersistingL2Cache() {
  KE_FAKE_ANSWER();
  fake::Log("reset persisting");
  return kCudaSuccess;
}

}  // extern "C"
}  // namespace kernelevolve::worker::gpu
