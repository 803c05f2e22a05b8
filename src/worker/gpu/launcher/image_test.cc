#include "worker/gpu/launcher/image.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>

namespace kernelevolve::worker::gpu {
namespace {

std::string Cubin(uint32_t flags, unsigned char abi) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_ABIVERSION] = abi;
  header.e_machine = 190;
  header.e_flags = flags;
  header.e_shoff = sizeof header;
  header.e_shnum = 1;
  Elf64_Shdr section{};
  section.sh_type = SHT_PROGBITS;
  section.sh_offset = sizeof header + sizeof section;
  section.sh_size = 16;
  std::string image(reinterpret_cast<const char*>(&header), sizeof header);
  image.append(reinterpret_cast<const char*>(&section), sizeof section);
  return image + std::string(16, 'x');
}

void Append(std::string& image, uint64_t value, size_t bytes) {
  image.append(reinterpret_cast<const char*>(&value), bytes);
}

// One entry: machine code for `arch`.
std::string Fatbin(uint32_t arch) {
  std::string image;
  Append(image, 0xba55ed50, 4);
  Append(image, 1, 2);
  Append(image, 16, 2);
  Append(image, 64 + 8, 8);
  Append(image, 2, 2);
  Append(image, 0x101, 2);
  Append(image, 64, 4);
  Append(image, 8, 8);
  Append(image, 0, 8);
  Append(image, 0, 4);
  Append(image, arch, 4);
  return image + std::string(64 - 32 + 8, 'x');
}

TEST(Image, CubinsOfBothVersionsTellTheirArchitecture) {
  EXPECT_EQ(ImageFault(Cubin(90, 7)), std::nullopt);
  EXPECT_EQ(ImageArchs(Cubin(90, 7)), "sm_90");
  EXPECT_EQ(ImageArchs(Cubin(0x6005a02, 8)), "sm_90");
}

TEST(Image, PtxIsText) {
  const std::string ptx = "//\n// Generated\n.version 9.0\n.target sm_90a\n";
  EXPECT_EQ(ImageFault(ptx), std::nullopt);
  EXPECT_EQ(ImageArchs(ptx), "PTX");
  EXPECT_EQ(ImageFault("\n\n.version 9.0\n"), std::nullopt);  // as in a fatbin
  EXPECT_NE(ImageFault(ptx + '\0' + "more"), std::nullopt);
  EXPECT_NE(ImageFault("// no version"), std::nullopt);
}

TEST(Image, FatbinsTellTheirArchitectures) {
  EXPECT_EQ(ImageFault(Fatbin(80)), std::nullopt);
  EXPECT_EQ(ImageArchs(Fatbin(80)), "sm_80");
}

TEST(Image, WhatReachesOutsideIsRefused) {
  for (const std::string& whole : {Cubin(90, 7), Fatbin(80)})
    for (size_t size = 0; size < whole.size(); ++size)
      EXPECT_NE(ImageFault(whole.substr(0, size)), std::nullopt) << size;
}

TEST(Image, OtherFilesAreRefused) {
  std::string program = Cubin(90, 7);
  program[18] = EM_X86_64;
  EXPECT_NE(ImageFault(program), std::nullopt);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
