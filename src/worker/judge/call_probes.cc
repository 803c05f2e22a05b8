#include "worker/judge/call_probes.h"

#include <algorithm>
#include <cstring>

namespace kernelevolve::worker {
namespace {

constexpr int kSealedPerTensor = 8;
// Half a microsecond of cache misses; work left undone at a twentieth of the
// elements is seen within a block or two.
constexpr int kSamplesPerTensor = 12;

uint64_t Load(const uint8_t* at, size_t bytes) {
  uint64_t value = 0;
  std::memcpy(&value, at, bytes);
  return value;
}

}  // namespace

void SealedElements::Seal(uint8_t* data, int64_t count, size_t bytes,
                          Random& random) {
  for (int i = 0; i < kSealedPerTensor && count > 1; ++i) {
    const auto pick = [&] {
      return data + random.Below(static_cast<uint64_t>(count)) * bytes;
    };
    uint8_t* at = pick();
    elements_.push_back({at, bytes, Load(at, bytes)});
    std::memmove(at, pick(), bytes);
  }
}

void SealedElements::Open() {
  // Backwards: where one place was picked twice, its first value is the true
  // one.
  for (auto it = elements_.rbegin(); it != elements_.rend(); ++it)
    std::memcpy(it->at, &it->value, it->bytes);
  elements_.clear();
}

void ReturnSample::Choose(const uint8_t* data, int64_t count, size_t bytes,
                          Random& random) {
  taken_ = false;
  for (int i = 0; i < kSamplesPerTensor && count > 0; ++i)
    elements_.push_back(
        {data + random.Below(static_cast<uint64_t>(count)) * bytes, bytes, 0});
}

void ReturnSample::Take() {
  for (Element& element : elements_) element.value = Load(element.at, element.bytes);
  taken_ = true;
}

bool ReturnSample::Changed() const {
  return taken_ && std::any_of(elements_.begin(), elements_.end(),
                               [](const Element& element) {
                                 return Load(element.at, element.bytes) !=
                                        element.value;
                               });
}

}  // namespace kernelevolve::worker
