// ElfImage: the sections and symbols of a device image, bounds checked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kernelevolve::worker {

struct ElfSection {
  std::string_view name;
  uint32_t link = 0, info = 0;
  uint64_t size = 0;
  std::string_view bytes;  // empty where the image holds none
};

// A view: the image must outlive it. Immutable; any thread.
class ElfImage {
 public:
  // kBadInput if `image` is no 64-bit little-endian ELF for an NVIDIA device.
  static Result<ElfImage> Parse(std::string_view image);

  const std::vector<ElfSection>& sections() const { return sections_; }
  const ElfSection* Find(std::string_view name) const;
  // Of the symbol `index`; empty if it has none.
  std::string_view SymbolName(uint32_t index) const;

 private:
  std::vector<ElfSection> sections_;
};

}  // namespace kernelevolve::worker
