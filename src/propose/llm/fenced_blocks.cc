#include "propose/llm/fenced_blocks.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace kernelevolve {
namespace {

struct Fence {
  char mark = 0;
  size_t length = 0;  // 0: no fence
  std::string_view tag;
};

Fence FenceOf(std::string_view line) {
  constexpr size_t kShortest = 3, kMostIndent = 3;
  const size_t indent = std::min(line.find_first_not_of(' '), line.size());
  if (indent > kMostIndent) return {};
  line.remove_prefix(indent);
  if (line.empty() || (line[0] != '`' && line[0] != '~')) return {};
  const size_t end = std::min(line.find_first_not_of(line[0]), line.size());
  if (end < kShortest) return {};
  const std::string_view tag = Trim(line.substr(end));
  // Code in a line, not a fence.
  if (line[0] == '`' && tag.find('`') != tag.npos) return {};
  return {line[0], end, tag};
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

}  // namespace

bool FenceTracker::Take(std::string_view line) {
  const Fence fence = FenceOf(line);
  if (fence.length == 0) return false;
  if (opened_.empty()) {
    opened_ = Trim(line);
    mark_ = fence.mark;
    length_ = fence.length;
    return true;
  }
  if (fence.mark != mark_ || fence.length < length_ || !fence.tag.empty())
    return false;
  opened_.clear();
  return true;
}

std::string_view FenceTracker::tag() const {
  return Trim(std::string_view(opened_).substr(std::min(length_, opened_.size())));
}

FencedText SplitFences(std::string_view text) {
  FencedText split;
  FenceTracker fences;
  for (std::string_view line : Split(text, '\n')) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (fences.Take(line)) {
      if (fences.opened().empty())
        split.blocks.back().closed = true;
      else
        split.blocks.push_back({LowerCase(fences.tag()), "", false});
    } else if (!fences.opened().empty()) {
      split.blocks.back().text.append(line).append("\n");
    } else {
      split.prose.append(line).append("\n");
    }
  }
  return split;
}

}  // namespace kernelevolve
