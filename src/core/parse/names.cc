#include "core/parse/names.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace kernelevolve::parse {
namespace {

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9');
}

bool IsWordCharacter(char c) {
  return IsAlphanumeric(c) || c == '_' || c == '-' || c == '.' || c == '+';
}

}  // namespace

bool IsWord(std::string_view name) {
  return !name.empty() && name.size() <= 64 && IsAlphanumeric(name[0]) &&
         std::all_of(name.begin(), name.end(), IsWordCharacter);
}

bool IsInnerPath(std::string_view path) {
  if (path.empty() || path.size() > 256) return false;
  for (const std::string_view part : Split(path, '/'))
    if (part.empty() || part[0] == '.' || part[0] == '-' ||
        !std::all_of(part.begin(), part.end(), IsWordCharacter))
      return false;
  return true;
}

}  // namespace kernelevolve::parse
