// Reads fields out of an image that nobody vouches for: every look is checked
// against its end.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace kernelevolve::worker {

class ByteView {
 public:
  explicit ByteView(std::string_view bytes) : bytes_(bytes) {}

  size_t size() const { return bytes_.size(); }
  std::string_view bytes() const { return bytes_; }

  // Little-endian, unaligned.
  template <typename T>
  std::optional<T> Get(uint64_t offset) const {
    if (offset > bytes_.size() || sizeof(T) > bytes_.size() - offset)
      return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  std::optional<std::string_view> Slice(uint64_t offset, uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset)
      return std::nullopt;
    return bytes_.substr(offset, size);
  }

  // Up to the terminating zero, which must be there.
  std::optional<std::string_view> Text(uint64_t offset) const {
    if (offset >= bytes_.size()) return std::nullopt;
    const size_t end = bytes_.find('\0', offset);
    if (end == bytes_.npos) return std::nullopt;
    return bytes_.substr(offset, end - offset);
  }

 private:
  std::string_view bytes_;
};

}  // namespace kernelevolve::worker
