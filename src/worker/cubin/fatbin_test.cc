#include "worker/cubin/fatbin.h"

#include <gtest/gtest.h>

#include <string>

namespace kernelevolve::worker {
namespace {

void Append(std::string& bytes, uint64_t value, size_t width) {
  bytes.append(reinterpret_cast<const char*>(&value), width);
}

struct Part {
  uint64_t kind, arch, flags;
  std::string code;
};

std::string Fatbin(const std::vector<Part>& parts) {
  std::string entries;
  for (const Part& part : parts) {
    Append(entries, part.kind, 2);
    Append(entries, 0x101, 2);
    Append(entries, 64, 4);
    Append(entries, part.code.size(), 8);
    entries.append(12, '\0');
    Append(entries, part.arch, 4);
    entries.append(8, '\0');
    Append(entries, part.flags, 8);
    entries.append(16, '\0');
    entries += part.code;
  }
  std::string image;
  Append(image, kFatbinMagic, 4);
  Append(image, 1, 2);
  Append(image, 16, 2);
  Append(image, entries.size(), 8);
  return image + entries;
}

constexpr uint64_t kPtx = 1, kElf = 2, kZstd = 0x8000;

TEST(FatbinTest, MachineCodeAndWhatItWasMadeOfAreFound) {
  const std::string fatbin =
      Fatbin({{kPtx, 90, 0, std::string(".version 9.0\n\0\0\0", 16)},
              {kElf, 80, 0, "old"},
              {kElf, 90, 0, "new"}});
  EXPECT_EQ(FindCubin(fatbin, 90).value_or("none"), "new");
  EXPECT_EQ(FindCubin(fatbin, 0).value_or("none"), "old");
  EXPECT_EQ(FindPtx(fatbin).value_or("none"), ".version 9.0\n");
}

TEST(FatbinTest, WhatIsCompressedOrAbsentIsNone) {
  const std::string fatbin =
      Fatbin({{kPtx, 90, kZstd, "????"}, {kElf, 90, kZstd, "????"}});
  EXPECT_EQ(FindPtx(fatbin).value_or("none"), "");
  EXPECT_FALSE(FindCubin(fatbin, 90));
  EXPECT_FALSE(FindCubin(fatbin, 80));
}

TEST(FatbinTest, ABrokenOneIsNone) {
  const std::string fatbin = Fatbin({{kPtx, 90, 0, "text"}, {kElf, 90, 0, "code"}});
  for (size_t size = 0; size < fatbin.size(); ++size) {
    EXPECT_FALSE(FindPtx(std::string_view(fatbin).substr(0, size))) << size;
    EXPECT_FALSE(FindCubin(std::string_view(fatbin).substr(0, size), 90)) << size;
  }
}

}  // namespace
}  // namespace kernelevolve::worker
