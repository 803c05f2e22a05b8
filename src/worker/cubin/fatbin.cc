#include "worker/cubin/fatbin.h"

#include <vector>

#include "base/format.h"
#include "worker/cubin/byte_view.h"

namespace kernelevolve::worker {
namespace {

// Of the container's header, then of each entry's.
constexpr uint64_t kHeaderSizeAt = 6, kTotalSizeAt = 8;
constexpr uint64_t kEntryHeaderAt = 4, kEntrySizeAt = 8, kEntryArchAt = 28,
                   kEntryFlagsAt = 40, kEntryHeaderLeast = 48;
constexpr uint16_t kPtxEntry = 1, kElfEntry = 2;
constexpr uint64_t kCompressed = 0x2000 | 0x8000;  // by LZ4, by Zstandard
// More than any build makes.
constexpr size_t kMostEntries = 64;

tl::unexpected<Error> Broken() {
  return BadInput("the device code is no proper fatbin");
}

struct Entry {
  uint16_t kind = 0;
  uint32_t arch = 0;
  bool compressed = false;
  std::string_view payload;
};

Result<std::vector<Entry>> ReadEntries(std::string_view fatbin) {
  ASSIGN_OR_RETURN(const uint64_t total, FatbinBytes(fatbin));
  if (total > fatbin.size()) return Broken();
  const ByteView view(fatbin.substr(0, total));
  std::vector<Entry> entries;
  uint64_t at = *view.Get<uint16_t>(kHeaderSizeAt);
  while (at < total && entries.size() < kMostEntries) {
    const auto kind = view.Get<uint16_t>(at);
    const auto header = view.Get<uint32_t>(at + kEntryHeaderAt);
    const auto size = view.Get<uint64_t>(at + kEntrySizeAt);
    const auto arch = view.Get<uint32_t>(at + kEntryArchAt);
    const auto flags = view.Get<uint64_t>(at + kEntryFlagsAt);
    if (!flags || *header < kEntryHeaderLeast) return Broken();
    const auto payload = view.Slice(at + *header, *size);
    if (!payload) return Broken();
    entries.push_back({*kind, *arch, (*flags & kCompressed) != 0, *payload});
    at += *header + *size;
  }
  return entries;
}

}  // namespace

bool IsFatbin(std::string_view image) {
  return ByteView(image).Get<uint32_t>(0) == kFatbinMagic;
}

Result<uint64_t> FatbinBytes(std::string_view header) {
  const ByteView view(header);
  const auto own = view.Get<uint16_t>(kHeaderSizeAt);
  const auto rest = view.Get<uint64_t>(kTotalSizeAt);
  constexpr uint64_t kMost = uint64_t{1} << 32;
  if (!IsFatbin(header) || !own || !rest || *own < kFatbinHeaderBytes ||
      *rest > kMost)
    return Broken();
  return *own + *rest;
}

Result<std::string_view> FindCubin(std::string_view fatbin, int arch) {
  ASSIGN_OR_RETURN(const auto entries, ReadEntries(fatbin));
  for (const Entry& entry : entries) {
    if (entry.kind != kElfEntry ||
        (arch != 0 && entry.arch != static_cast<uint32_t>(arch)))
      continue;
    if (entry.compressed)
      return BadInput("the device code is compressed; build it with -no-compress");
    return entry.payload;
  }
  return BadInput(format("there is no device code for sm_{}", arch));
}

Result<std::string_view> FindPtx(std::string_view fatbin) {
  ASSIGN_OR_RETURN(const auto entries, ReadEntries(fatbin));
  for (const Entry& entry : entries) {
    if (entry.kind != kPtxEntry || entry.compressed) continue;
    // Padded with zeros.
    return entry.payload.substr(0, entry.payload.find('\0'));
  }
  return "";
}

}  // namespace kernelevolve::worker
