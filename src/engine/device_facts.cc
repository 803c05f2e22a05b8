#include "engine/device_facts.h"

#include "base/file.h"
#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

std::string ReadWord(const fs::path& path) {
  const auto text = ReadFile(path, 256);
  return text ? std::string(Trim(*text)) : "";
}

// "L1 Data 48K, L2 Unified 2048K, …"
std::string Caches() {
  const fs::path folder = "/sys/devices/system/cpu/cpu0/cache";
  constexpr int kMostCaches = 8;
  std::vector<std::string> caches;
  for (int i = 0; i < kMostCaches; ++i) {
    const fs::path cache = folder / format("index{}", i);
    const std::string size = ReadWord(cache / "size");
    const std::string type = ReadWord(cache / "type");
    if (size.empty() || type == "Instruction") continue;
    caches.push_back(
        format("L{} {} {}", ReadWord(cache / "level"), type, size));
  }
  return Join(caches, ", ");
}

}  // namespace

std::string VectorExtensions() {
  const auto info = ReadFile("/proc/cpuinfo", 8 << 20);
  if (!info) return "";
  std::vector<std::string> found;
  for (const std::string_view line : Split(*info, '\n')) {
    if (!line.starts_with("flags")) continue;
    for (const std::string_view flag : Split(line, ' '))
      for (const std::string_view wanted :
           {"avx2", "fma", "avx512f", "avx512bw", "avx512_bf16", "amx_tile"})
        if (flag == wanted) found.emplace_back(flag);
    break;
  }
  return Join(found, " ");
}

std::string DeviceFacts(const std::string& name, const std::string& device) {
  std::string text = "- device: " + Sanitize(name, 200) + "\n";
  if (device != "native") return text;
  if (const std::string caches = Caches(); !caches.empty())
    text += "- caches: " + caches + "; lines of 64 bytes\n";
  if (const std::string extensions = VectorExtensions(); !extensions.empty())
    text += "- vector extensions: " + extensions + "\n";
  return text + "- a kernel runs on one core, alone\n";
}

}  // namespace kernelevolve
