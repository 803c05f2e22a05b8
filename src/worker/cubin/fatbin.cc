#include "worker/cubin/fatbin.h"

#include "base/format.h"
#include "worker/cubin/byte_view.h"

namespace kernelevolve::worker {
namespace {

// Of the container's header, then of each entry's.
constexpr uint64_t kHeaderSizeAt = 6, kTotalSizeAt = 8;
constexpr uint64_t kEntryHeaderAt = 4, kEntrySizeAt = 8, kEntryArchAt = 28,
                   kEntryFlagsAt = 40, kEntryHeaderLeast = 48;
constexpr uint16_t kElfEntry = 2;  // 1 is PTX
constexpr uint64_t kCompressed = 0x2000 | 0x8000;  // by LZ4, by Zstandard
// More than any build makes.
constexpr int kMostEntries = 64;

tl::unexpected<Error> Broken() {
  return BadInput("the device code is no proper fatbin");
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
  ASSIGN_OR_RETURN(const uint64_t total, FatbinBytes(fatbin));
  if (total > fatbin.size()) return Broken();
  const ByteView view(fatbin.substr(0, total));
  uint64_t at = *view.Get<uint16_t>(kHeaderSizeAt);
  for (int entry = 0; entry < kMostEntries && at < total; ++entry) {
    const auto kind = view.Get<uint16_t>(at);
    const auto header = view.Get<uint32_t>(at + kEntryHeaderAt);
    const auto size = view.Get<uint64_t>(at + kEntrySizeAt);
    const auto found = view.Get<uint32_t>(at + kEntryArchAt);
    const auto flags = view.Get<uint64_t>(at + kEntryFlagsAt);
    if (!flags || *header < kEntryHeaderLeast) return Broken();
    const auto payload = view.Slice(at + *header, *size);
    if (!payload) return Broken();
    if (*kind == kElfEntry &&
        (arch == 0 || *found == static_cast<uint32_t>(arch))) {
      if (*flags & kCompressed)
        return BadInput("the device code is compressed; build it with "
                        "-no-compress");
      return *payload;
    }
    at += *header + *size;
  }
  return BadInput(format("there is no device code for sm_{}", arch));
}

}  // namespace kernelevolve::worker
