#include "tiny_cubin.h"

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace kernelevolve::fuzz {
namespace {

template <typename T>
void Append(std::string& bytes, const T& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// A record of .nv.info whose value is a length.
std::string Record(uint8_t id, const std::vector<uint32_t>& words) {
  std::string bytes{4, static_cast<char>(id)};
  Append(bytes, static_cast<uint16_t>(4 * words.size()));
  for (const uint32_t word : words) Append(bytes, word);
  return bytes;
}

struct Section {
  const char* name;
  uint32_t type;
  std::string bytes;
  uint32_t link = 0;
};

std::string Symbols() {
  std::string bytes;
  Append(bytes, Elf64_Sym{});
  Append(bytes, Elf64_Sym{.st_name = 1, .st_info = STT_FUNC, .st_other = 0,
                          .st_shndx = 5, .st_value = 0, .st_size = 16});
  return bytes;
}

std::vector<Section> Sections() {
  constexpr uint8_t kMaxThreads = 0x05, kFrame = 0x11, kParameter = 0x17,
                    kRegisters = 0x2f;
  // The ordinal stands below the offset; a size begins at bit 18.
  return {{"", SHT_NULL, ""},
          {".shstrtab", SHT_STRTAB, ""},
          {".strtab", SHT_STRTAB, std::string("\0k\0", 3)},
          {".symtab", SHT_SYMTAB, Symbols(), 2},
          {".nv.info", SHT_PROGBITS,
           Record(kRegisters, {1, 32}) + Record(kFrame, {1, 64})},
          {".text.k", SHT_PROGBITS, std::string(16, '\0')},
          {".nv.info.k", SHT_PROGBITS,
           Record(kParameter, {0, 8u << 16 | 1, 4u << 18}) +
               Record(kParameter, {0, 0, 8u << 18}) +
               Record(kMaxThreads, {128, 1, 1})},
          {".nv.shared.k", SHT_NOBITS, ""}};
}

}  // namespace

std::string TinyCubin() {
  std::vector<Section> sections = Sections();
  std::vector<Elf64_Shdr> headers;
  std::string names, body;
  for (const Section& section : sections) {
    Elf64_Shdr header{};
    header.sh_name = static_cast<uint32_t>(names.size());
    names += std::string(section.name) + '\0';
    headers.push_back(header);
  }
  sections[1].bytes = names;
  for (size_t i = 0; i < sections.size(); ++i) {
    headers[i].sh_type = sections[i].type;
    headers[i].sh_link = sections[i].link;
    headers[i].sh_offset = sizeof(Elf64_Ehdr) + body.size();
    headers[i].sh_size = sections[i].bytes.size();
    body += sections[i].bytes;
  }
  Elf64_Ehdr elf{};
  std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
  elf.e_ident[EI_CLASS] = ELFCLASS64;
  elf.e_ident[EI_DATA] = ELFDATA2LSB;
  elf.e_machine = 190;  // NVIDIA's
  elf.e_shentsize = sizeof(Elf64_Shdr);
  elf.e_shnum = static_cast<uint16_t>(headers.size());
  elf.e_shstrndx = 1;
  elf.e_shoff = sizeof elf + body.size();
  std::string image;
  Append(image, elf);
  image += body;
  for (const Elf64_Shdr& header : headers) Append(image, header);
  return image;
}

std::string TinyFatbin() {
  constexpr uint32_t kMagic = 0xba55ed50, kEntryHeader = 64;
  const std::string cubin = TinyCubin();
  std::string entry;
  Append(entry, uint16_t{2});  // an image, not PTX
  Append(entry, uint16_t{0x101});
  Append(entry, kEntryHeader);
  Append(entry, uint64_t{cubin.size()});
  entry.resize(28, '\0');
  Append(entry, uint32_t{90});
  entry.resize(kEntryHeader, '\0');
  std::string image;
  Append(image, kMagic);
  Append(image, uint16_t{1});
  Append(image, uint16_t{16});
  Append(image, uint64_t{entry.size() + cubin.size()});
  return image + entry + cubin;
}

}  // namespace kernelevolve::fuzz
