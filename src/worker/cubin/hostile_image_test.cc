// Images that are sound by the letter and mean harm.
#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "worker/cubin/kernel_facts.h"

namespace kernelevolve::worker {
namespace {

template <typename T>
void Append(std::string& bytes, const T& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// A record for each of `count` parameters of one byte.
std::string Parameters(uint16_t count) {
  std::string bytes;
  for (uint16_t i = 0; i < count; ++i) {
    constexpr uint32_t kHead = 4 | 0x17 << 8 | 12 << 16;  // sized, parameter
    Append(bytes, kHead);
    Append(bytes, uint32_t{0});
    Append(bytes, i);  // which one, and where
    Append(bytes, i);
    Append(bytes, uint32_t{1} << 18);
  }
  return bytes;
}

struct Section {
  std::string name;
  std::string bytes;
  uint32_t link = 0;
};

// The first section holds the names.
class ImageBuilder {
 public:
  ImageBuilder() { headers_.push_back(Elf64_Shdr{}); }

  // `like`: with the name of that section.
  void Add(const Section& section, size_t like = 0) {
    Elf64_Shdr header{};
    header.sh_type = SHT_PROGBITS;
    header.sh_link = section.link;
    header.sh_offset = sizeof(Elf64_Ehdr) + body_.size();
    header.sh_size = section.bytes.size();
    header.sh_name = like > 0 ? headers_[like].sh_name
                              : static_cast<uint32_t>(names_.size());
    if (like == 0) names_ += section.name + '\0';
    body_ += section.bytes;
    headers_.push_back(header);
  }

  std::string Image() {
    headers_[0].sh_type = SHT_STRTAB;
    headers_[0].sh_offset = sizeof(Elf64_Ehdr) + body_.size();
    headers_[0].sh_size = names_.size();
    Elf64_Ehdr elf{};
    std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
    elf.e_ident[EI_CLASS] = ELFCLASS64;
    elf.e_ident[EI_DATA] = ELFDATA2LSB;
    elf.e_machine = 190;
    elf.e_shentsize = sizeof(Elf64_Shdr);
    elf.e_shnum = static_cast<uint16_t>(headers_.size());
    elf.e_shoff = sizeof elf + body_.size() + names_.size();
    std::string image;
    Append(image, elf);
    image += body_ + names_;
    for (const Elf64_Shdr& header : headers_) Append(image, header);
    return image;
  }

 private:
  std::vector<Elf64_Shdr> headers_;
  std::string names_ = std::string(1, '\0'), body_;
};

// `kernels` times ".text.NAME", all described by the one ".nv.info.NAME".
std::string Image(int kernels, const std::string& info,
                  const std::string& name = "k") {
  ImageBuilder builder;
  builder.Add({".nv.info." + name, info});
  builder.Add({".text." + name, ""});
  for (int i = 1; i < kernels; ++i) builder.Add({}, /*like=*/2);
  return builder.Image();
}

TEST(HostileImageTest, OneKernelOfThatKindIsRead) {
  const auto facts = ReadKernelFacts(Image(1, Parameters(100)), 0);
  ASSERT_TRUE(facts) << facts.error().message;
  ASSERT_EQ(facts->size(), 1u);
  EXPECT_EQ(facts->front().name, "k");
  EXPECT_EQ(facts->front().parameters.size(), 100u);
}

TEST(HostileImageTest, SectionsThatLieOverEachOtherFillNoMemory) {
  // Two gigabytes of facts out of one megabyte.
  const auto facts = ReadKernelFacts(Image(8000, Parameters(32000)), 0);
  ASSERT_FALSE(facts);
  EXPECT_NE(facts.error().message.find("over each other"), std::string::npos)
      << facts.error().message;
}

TEST(HostileImageTest, NamesThatManyShareFillNoMemory) {
  const std::string name(200'000, 'n');
  EXPECT_TRUE(ReadKernelFacts(Image(1, Parameters(2), name), 0));
  EXPECT_FALSE(ReadKernelFacts(Image(8000, Parameters(2), name), 0));
}

// An .nv.info whose records name a kernel each, every name a piece of the next.
TEST(HostileImageTest, SymbolsThatShareANameFillNoMemory) {
  constexpr uint32_t kSymbols = 20'000;
  const std::string names = std::string(400'000, 'n') + '\0';
  std::string symbols, info;
  for (uint32_t i = 0; i < kSymbols; ++i) {
    Append(symbols, Elf64_Sym{.st_name = i, .st_info = 0, .st_other = 0,
                              .st_shndx = 0, .st_value = 0, .st_size = 0});
    Append(info, uint32_t{4 | 0x2f << 8 | 8 << 16});  // sized, registers
    Append(info, i);
    Append(info, uint32_t{32});
  }
  ImageBuilder builder;
  builder.Add({".nv.info", info});
  builder.Add({".symtab", symbols, /*link=*/3});
  builder.Add({".strtab", names});
  const auto facts = ReadKernelFacts(builder.Image(), 0);
  ASSERT_FALSE(facts);
  EXPECT_NE(facts.error().message.find(".nv.info"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::worker
