#include "worker/build/leading_includes.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace kernelevolve::worker {
namespace {

constexpr std::string_view kOurs = "kernelevolve/abi.h";

bool OrdinaryName(std::string_view name) {
  constexpr std::string_view kOthers = "_/.+-";
  return !name.empty() && name.front() != '/' && name.find("..") == name.npos &&
         std::all_of(name.begin(), name.end(), [&](unsigned char c) {
           return std::isalnum(c) || kOthers.find(static_cast<char>(c)) != kOthers.npos;
         });
}

// "cmath" of `#include <cmath>  // exp`.
std::optional<std::string_view> IncludedHeader(std::string_view line) {
  if (!line.starts_with("#")) return std::nullopt;
  line = Trim(line.substr(1));
  if (!line.starts_with("include")) return std::nullopt;
  line = Trim(line.substr(7));
  const size_t close = line.find('>');
  if (!line.starts_with("<") || close == line.npos) return std::nullopt;
  const std::string_view rest = Trim(line.substr(close + 1));
  const std::string_view name = line.substr(1, close - 1);
  if (!OrdinaryName(name) || (!rest.empty() && !rest.starts_with("//")))
    return std::nullopt;
  return name;
}

}  // namespace

std::string LeadingIncludes(const std::string& source) {
  std::string block;
  bool others = false, comment = false;
  for (const std::string_view raw : Split(source, '\n')) {
    const std::string_view line = Trim(raw);
    if (comment || line.starts_with("/*")) {
      const size_t end = line.find("*/");
      comment = end == line.npos;
      if (!comment && end + 2 != line.size()) break;
      continue;
    }
    if (line.empty() || line.starts_with("//")) continue;
    const auto header = IncludedHeader(line);
    if (!header) break;
    others |= *header != kOurs;
    block += "#include <" + std::string(*header) + ">\n";
  }
  return others ? block : "";
}

}  // namespace kernelevolve::worker
