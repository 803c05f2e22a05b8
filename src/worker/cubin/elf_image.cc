#include "worker/cubin/elf_image.h"

#include <elf.h>

#include "worker/cubin/byte_view.h"

namespace kernelevolve::worker {
namespace {

constexpr uint16_t kNvidiaMachine = 190;
// A kernel has about six.
constexpr uint16_t kMostSections = 8192;
// A byte is looked at so often: what stands about a kernel names it thrice.
constexpr uint64_t kReadings = 8;

tl::unexpected<Error> Broken() {
  return BadInput("the device code is no proper cubin");
}

}  // namespace

Result<ElfImage> ElfImage::Parse(std::string_view image) {
  const ByteView view(image);
  const auto header = view.Get<Elf64_Ehdr>(0);
  if (!header || image.substr(0, SELFMAG) != ELFMAG ||
      header->e_ident[EI_CLASS] != ELFCLASS64 ||
      header->e_ident[EI_DATA] != ELFDATA2LSB ||
      header->e_machine != kNvidiaMachine ||
      header->e_shentsize != sizeof(Elf64_Shdr) ||
      header->e_shnum > kMostSections)
    return Broken();
  std::vector<Elf64_Shdr> headers;
  for (uint64_t i = 0; i < header->e_shnum; ++i) {
    if (header->e_shoff > image.size()) return Broken();
    const auto section =
        view.Get<Elf64_Shdr>(header->e_shoff + i * sizeof(Elf64_Shdr));
    if (!section) return Broken();
    headers.push_back(*section);
  }
  if (header->e_shstrndx >= headers.size()) return Broken();
  const auto& names_header = headers[header->e_shstrndx];
  const auto names = view.Slice(names_header.sh_offset, names_header.sh_size);
  if (!names) return Broken();
  ElfImage parsed;
  parsed.budget_ = kReadings * image.size();
  uint64_t named = 0;
  for (const Elf64_Shdr& one : headers) {
    const auto name = ByteView(*names).Text(one.sh_name);
    if (!name) return Broken();
    named += name->size();
    if (named > parsed.budget_) return Broken();
    ElfSection section{*name, one.sh_link, one.sh_info, one.sh_size, {}};
    if (one.sh_type != SHT_NOBITS && one.sh_type != SHT_NULL) {
      const auto bytes = view.Slice(one.sh_offset, one.sh_size);
      if (!bytes) return Broken();
      section.bytes = *bytes;
    }
    parsed.by_name_.emplace(*name, parsed.sections_.size());
    parsed.sections_.push_back(section);
  }
  return parsed;
}

const ElfSection* ElfImage::Find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &sections_[found->second];
}

std::string_view ElfImage::SymbolName(uint32_t index) const {
  const ElfSection* table = Find(".symtab");
  if (!table || table->link >= sections_.size()) return {};
  const auto symbol = ByteView(table->bytes)
                          .Get<Elf64_Sym>(uint64_t{index} * sizeof(Elf64_Sym));
  if (!symbol) return {};
  return ByteView(sections_[table->link].bytes)
      .Text(symbol->st_name)
      .value_or(std::string_view());
}

}  // namespace kernelevolve::worker
