#include "worker/gpu/candidate/sass.h"

#include <array>

#include "base/text.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr size_t kMostKernels = 256;

// In the order in which they are told.
constexpr std::array<std::string_view, 28> kKinds = {
    "instructions", "UTCMMA", "HGMMA", "QGMMA",   "IGMMA",      "HMMA",    "IMMA",
    "DMMA",         "FFMA",   "DFMA",  "HFMA2",   "MUFU",       "LDG.128", kNarrowLoads,
    "STG.128",      "narrow STG", "UTMALDG", "UTMASTG", "LDGSTS", "LDS",   "STS",
    "LDSM",         "SHFL",   "BAR",   "SYNCS",   "ATOM",       "CALL",    kSpills};

// "LDG.E.128.CONSTANT" → "LDG".
std::string_view Operation(std::string_view mnemonic) {
  return mnemonic.substr(0, mnemonic.find('.'));
}

bool HasPart(std::string_view mnemonic, std::string_view part) {
  for (const std::string_view one : Split(mnemonic, '.'))
    if (one == part) return true;
  return false;
}

// "" for what is counted among all instructions only.
std::string_view KindOf(std::string_view mnemonic) {
  const std::string_view operation = Operation(mnemonic);
  if (operation == "LDG")
    return HasPart(mnemonic, "128") ? "LDG.128" : kNarrowLoads;
  if (operation == "STG")
    return HasPart(mnemonic, "128") ? "STG.128" : std::string_view("narrow STG");
  if (operation == "LDL" || operation == "STL") return kSpills;
  if (operation.starts_with("UTC") &&
      operation.find("MMA") != operation.npos)
    return "UTCMMA";
  if (operation.starts_with("FFMA")) return "FFMA";
  if (operation.starts_with("HFMA2")) return "HFMA2";
  if (operation.starts_with("ATOM") || operation.starts_with("RED")) {
    // REDUX is arithmetic between the threads of a warp.
    return operation == "REDUX" ? std::string_view() : "ATOM";
  }
  for (const std::string_view kind : kKinds)
    if (kind == operation) return kind;
  return {};
}

// The mnemonic of "/*0050*/ @!P0 BRA `(.L_x_1) ;"; empty for other lines.
std::string_view MnemonicOf(std::string_view line) {
  if (!line.starts_with("/*")) return {};
  const size_t end = line.find("*/");
  if (end == line.npos) return {};
  line = Trim(line.substr(end + 2));
  if (line.starts_with('{')) line = Trim(line.substr(1));
  if (line.starts_with('@')) {
    const size_t space = line.find(' ');
    if (space == line.npos) return {};
    line = Trim(line.substr(space));
  }
  line = line.substr(0, line.find_first_of(" ;\t"));
  const bool name = !line.empty() && line[0] >= 'A' && line[0] <= 'Z';
  return name ? line : std::string_view();
}

}  // namespace

std::map<std::string, std::vector<InstructionCount>> CountSass(
    std::string_view text) {
  std::map<std::string, std::map<std::string_view, int>> counts;
  std::map<std::string_view, int>* kernel = nullptr;
  for (std::string_view line : Split(text, '\n')) {
    line = Trim(line);
    if (line.starts_with(".section")) kernel = nullptr;
    constexpr std::string_view kText = ".text.";
    if (line.starts_with(kText) && line.ends_with(':') &&
        counts.size() < kMostKernels)
      kernel = &counts[std::string(
          line.substr(kText.size(), line.size() - kText.size() - 1))];
    const std::string_view mnemonic = MnemonicOf(line);
    if (!kernel || mnemonic.empty() || Operation(mnemonic) == "NOP") continue;
    ++(*kernel)["instructions"];
    if (const auto kind = KindOf(mnemonic); !kind.empty()) ++(*kernel)[kind];
  }
  std::map<std::string, std::vector<InstructionCount>> result;
  for (const auto& [name, found] : counts)
    for (const std::string_view kind : kKinds)
      if (const auto it = found.find(kind); it != found.end())
        result[name].push_back({std::string(kind), it->second});
  return result;
}

}  // namespace kernelevolve::worker::gpu
