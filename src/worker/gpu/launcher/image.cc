#include "worker/gpu/launcher/image.h"

#include <elf.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr uint16_t kMachineCuda = 190;
constexpr uint32_t kFatbinMagic = 0xba55ed50;
constexpr uint16_t kFatbinPtx = 1;
constexpr size_t kMostEntries = 256;

// Copied out: an image has no alignment.
template <typename T>
std::optional<T> At(std::string_view image, uint64_t offset) {
  if (offset > image.size() || image.size() - offset < sizeof(T))
    return std::nullopt;
  T value;
  std::memcpy(&value, image.data() + offset, sizeof value);
  return value;
}

bool Inside(std::string_view image, uint64_t offset, uint64_t bytes) {
  return offset <= image.size() && bytes <= image.size() - offset;
}

bool IsElf(std::string_view image) { return image.starts_with(ELFMAG); }

bool IsFatbin(std::string_view image) {
  return At<uint32_t>(image, 0) == kFatbinMagic;
}

// Text, as the driver compiles it itself.
bool IsPtx(std::string_view image) {
  constexpr size_t kHead = 4096;
  image.remove_prefix(std::min(image.find_first_not_of(" \t\r\n"), image.size()));
  return (image.starts_with("//") || image.starts_with(".version")) &&
         image.substr(0, kHead).find(".version") != image.npos;
}

std::optional<std::string> ElfFault(std::string_view image) {
  const auto header = At<Elf64_Ehdr>(image, 0);
  if (!header) return "the cubin ends within its header";
  if (header->e_ident[EI_CLASS] != ELFCLASS64 ||
      header->e_machine != kMachineCuda)
    return "the module is an ELF file, but no cubin";
  const auto table = [&](uint64_t offset, uint64_t count, uint64_t size) {
    return count == 0 || Inside(image, offset, count * size);
  };
  if (!table(header->e_shoff, header->e_shnum, sizeof(Elf64_Shdr)) ||
      !table(header->e_phoff, header->e_phnum, sizeof(Elf64_Phdr)))
    return "the cubin's tables lie outside it";
  for (uint64_t i = 0; i < header->e_shnum; ++i) {
    const auto section =
        At<Elf64_Shdr>(image, header->e_shoff + i * sizeof(Elf64_Shdr));
    if (section && section->sh_type != SHT_NOBITS &&
        !Inside(image, section->sh_offset, section->sh_size))
      return format("section {} of the cubin lies outside it", i);
  }
  return std::nullopt;
}

// What precedes the entries, and what precedes each entry's code; fields that
// nobody documents are left out.
struct FatbinHeader {
  uint32_t magic;
  uint16_t version, header_bytes;
  uint64_t bytes;  // of all entries
};
struct FatbinEntry {
  uint16_t kind, version;
  uint32_t header_bytes;
  uint64_t bytes;
  uint32_t unused[3];
  uint32_t arch;
};

// The entries, or none where one lies outside the image.
std::vector<FatbinEntry> Entries(std::string_view image) {
  std::vector<FatbinEntry> entries;
  const auto header = At<FatbinHeader>(image, 0);
  if (!header || !Inside(image, header->header_bytes, header->bytes)) return {};
  uint64_t at = header->header_bytes;
  const uint64_t end = at + header->bytes;
  while (at < end && entries.size() < kMostEntries) {
    const auto entry = At<FatbinEntry>(image.substr(0, end), at);
    if (!entry || entry->header_bytes < sizeof(FatbinEntry) ||
        !Inside(image.substr(0, end), at + entry->header_bytes, entry->bytes))
      return {};
    entries.push_back(*entry);
    at += entry->header_bytes + entry->bytes;
  }
  return entries;
}

// Where the number stands moved with the ELF's version of CUDA 13.
std::string ElfArch(std::string_view image) {
  const auto header = At<Elf64_Ehdr>(image, 0);
  if (!header) return "unknown";
  const bool old = header->e_ident[EI_ABIVERSION] < 8;
  const unsigned arch = (header->e_flags >> (old ? 0 : 8)) & 0xff;
  return arch == 0 ? "unknown" : format("sm_{}", arch);
}

}  // namespace

std::optional<std::string> ImageFault(std::string_view image) {
  if (IsElf(image)) return ElfFault(image);
  if (IsPtx(image)) {
    if (image.find('\0') == image.npos) return std::nullopt;
    return "the PTX is no text";
  }
  if (!IsFatbin(image)) return "the module is neither a cubin, a fatbin nor PTX";
  if (Entries(image).empty())
    return "the fatbin is empty, or its parts lie outside it";
  return std::nullopt;
}

std::string ImageArchs(std::string_view image) {
  if (IsElf(image)) return ElfArch(image);
  if (IsPtx(image)) return "PTX";
  std::vector<std::string> archs;
  for (const FatbinEntry& entry : Entries(image))
    archs.push_back(format("{}sm_{}", entry.kind == kFatbinPtx ? "PTX for " : "",
                           entry.arch));
  return archs.empty() ? "unknown" : Join(archs, ", ");
}

}  // namespace kernelevolve::worker::gpu
