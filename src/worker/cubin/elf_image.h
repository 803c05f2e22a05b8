// ElfImage: the sections and symbols of a device image, bounds checked.
#pragma once

#include <cstdint>
#include <map>
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
  // How much an honest image can ask its reader to look at, in bytes. Names and
  // sections that lie over each other could make any amount of a small image.
  uint64_t budget() const { return budget_; }
  // The first of that name; null if there is none.
  const ElfSection* Find(std::string_view name) const;
  // Of the symbol `index`; empty if it has none.
  std::string_view SymbolName(uint32_t index) const;

 private:
  std::vector<ElfSection> sections_;
  std::map<std::string_view, size_t> by_name_;
  uint64_t budget_ = 0;
};

}  // namespace kernelevolve::worker
