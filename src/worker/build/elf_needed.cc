#include <elf.h>

#include <cstring>

#include "base/format.h"
#include "worker/build/builder.h"

namespace kernelevolve::worker {
namespace {

// Reads a T at `offset` of untrusted bytes.
template <typename T>
std::optional<T> At(const std::string& bytes, uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
    return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// File offset of a virtual address, by the program headers.
std::optional<uint64_t> FileOffset(const std::string& bytes,
                                   const Elf64_Ehdr& header, uint64_t address) {
  for (int i = 0; i < header.e_phnum; ++i) {
    const auto program = At<Elf64_Phdr>(bytes, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (program && program->p_type == PT_LOAD && address >= program->p_vaddr &&
        address - program->p_vaddr < program->p_filesz)
      return address - program->p_vaddr + program->p_offset;
  }
  return std::nullopt;
}

struct Library {
  std::string bytes;
  Elf64_Ehdr header;
};

Result<Library> Open(const fs::path& file) {
  ASSIGN_OR_RETURN(std::string bytes, ReadFile(file, 256u << 20));
  const auto header = At<Elf64_Ehdr>(bytes, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64)
    return BadInput(file.string() + " is not a 64-bit ELF file");
  return Library{std::move(bytes), *header};
}

}  // namespace

Result<std::string> MachineCode(const fs::path& library) {
  ASSIGN_OR_RETURN(const Library open, Open(library));
  std::string code;
  for (int i = 0; i < open.header.e_phnum; ++i) {
    const auto program = At<Elf64_Phdr>(
        open.bytes, open.header.e_phoff + static_cast<size_t>(i) * sizeof(Elf64_Phdr));
    if (program && program->p_type == PT_LOAD && (program->p_flags & PF_X) &&
        program->p_offset < open.bytes.size() && code.size() < open.bytes.size())
      code += open.bytes.substr(program->p_offset, program->p_filesz);
  }
  return code;
}

Result<std::vector<std::string>> NeededLibraries(const fs::path& library) {
  ASSIGN_OR_RETURN(const Library open, Open(library));
  const std::string& bytes = open.bytes;
  const Elf64_Ehdr* header = &open.header;
  std::vector<uint64_t> names;
  uint64_t strings = 0;
  for (int i = 0; i < header->e_phnum; ++i) {
    const auto program =
        At<Elf64_Phdr>(bytes, header->e_phoff + i * sizeof(Elf64_Phdr));
    if (!program || program->p_type != PT_DYNAMIC) continue;
    for (uint64_t at = 0; at < program->p_filesz; at += sizeof(Elf64_Dyn)) {
      const auto entry = At<Elf64_Dyn>(bytes, program->p_offset + at);
      if (!entry || entry->d_tag == DT_NULL) break;
      if (entry->d_tag == DT_NEEDED) names.push_back(entry->d_un.d_val);
      if (entry->d_tag == DT_STRTAB) strings = entry->d_un.d_ptr;
    }
  }
  std::vector<std::string> needed;
  const auto base = FileOffset(bytes, *header, strings);
  for (const uint64_t name : names) {
    if (!base || *base + name >= bytes.size())
      return BadInput(library.string() + " has a damaged dynamic section");
    needed.emplace_back(bytes.c_str() + *base + name);
  }
  return needed;
}

}  // namespace kernelevolve::worker
