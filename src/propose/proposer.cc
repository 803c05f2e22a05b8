#include "propose/proposer.h"

#include <array>
#include <utility>

namespace kernelevolve {
namespace {

constexpr std::array<std::pair<Memory, std::string_view>, 4> kMemories = {{
    {Memory::kParent, "parent"},
    {Memory::kSiblings, "siblings"},
    {Memory::kBoth, "both"},
    {Memory::kNone, "none"},
}};

}  // namespace

std::string_view MemoryName(Memory memory) {
  for (const auto& [value, name] : kMemories)
    if (value == memory) return name;
  return "";
}

std::optional<Memory> ParseMemory(std::string_view name) {
  for (const auto& [value, text] : kMemories)
    if (text == name) return value;
  return std::nullopt;
}

}  // namespace kernelevolve
