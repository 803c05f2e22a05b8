#include "knowledge/docs/one_line.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<unsigned char>(c) >> 6) != 2; }));
}

}  // namespace

void CheckOneLine(parse::TableReader& table, const std::string& key,
                  const std::string& text, size_t limit) {
  if (Trim(text).empty()) table.Mistake(key, "an empty text", "one line");
  if (text.find('\n') != std::string::npos)
    table.Mistake(key, "a line break", "one line");
  if (const size_t length = Characters(text); length > limit)
    table.Mistake(key, format("{} characters", length),
                  format("at most {}", limit));
}

}  // namespace kernelevolve
