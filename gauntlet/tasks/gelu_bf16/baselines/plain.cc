#include <kernelevolve/abi.h>

#include <cmath>
#include <cstring>

namespace {

float Wide(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

uint16_t Narrow(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (value != value) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const auto* x = static_cast<const uint16_t*>(call->inputs[0].data);
  auto* y = static_cast<uint16_t*>(call->outputs[0].data);
  for (int64_t i = 0; i < n; ++i) {
    const float v = Wide(x[i]);
    y[i] = Narrow(0.5f * v * (1 + std::erf(v * 0.70710678f)));
  }
  return 0;
}
