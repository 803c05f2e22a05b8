#include "cli/line_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::cli {
namespace {

constexpr size_t kContext = 3;
// Cells of the table below; larger texts are shown as replaced as a whole.
constexpr size_t kMostCells = 25'000'000;

using Lines = std::vector<std::string_view>;

struct Edit {
  char mark;  // ' ' both, '-' only in a, '+' only in b
  std::string_view line;
};

Lines LinesOf(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return Split(text, '\n');
}

// Longest common subsequence of what lies between the equal ends.
std::vector<Edit> Middle(const Lines& a, const Lines& b) {
  std::vector<Edit> edits;
  const size_t rows = a.size() + 1, columns = b.size() + 1;
  std::vector<uint32_t> common;
  if (rows * columns <= kMostCells) common.resize(rows * columns);
  const auto at = [&](size_t i, size_t j) -> uint32_t& {
    return common[i * columns + j];
  };
  if (!common.empty())
    for (size_t i = a.size(); i-- > 0;)
      for (size_t j = b.size(); j-- > 0;)
        at(i, j) = a[i] == b[j] ? at(i + 1, j + 1) + 1
                                : std::max(at(i + 1, j), at(i, j + 1));
  size_t i = 0, j = 0;
  while (!common.empty() && i < a.size() && j < b.size()) {
    if (a[i] == b[j])
      edits.push_back({' ', a[i++]}), ++j;
    else if (at(i + 1, j) >= at(i, j + 1))
      edits.push_back({'-', a[i++]});
    else
      edits.push_back({'+', b[j++]});
  }
  while (i < a.size()) edits.push_back({'-', a[i++]});
  while (j < b.size()) edits.push_back({'+', b[j++]});
  return edits;
}

std::vector<Edit> AllEdits(const Lines& a, const Lines& b) {
  size_t head = 0, tail = 0;
  const size_t shorter = std::min(a.size(), b.size());
  while (head < shorter && a[head] == b[head]) ++head;
  while (tail < shorter - head &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
    ++tail;
  std::vector<Edit> edits;
  for (size_t i = 0; i < head; ++i) edits.push_back({' ', a[i]});
  for (const Edit& edit : Middle({a.begin() + head, a.end() - tail},
                                 {b.begin() + head, b.end() - tail}))
    edits.push_back(edit);
  for (size_t i = a.size() - tail; i < a.size(); ++i)
    edits.push_back({' ', a[i]});
  return edits;
}

}  // namespace

std::string UnifiedDiff(std::string_view a, std::string_view b) {
  const std::vector<Edit> edits = AllEdits(LinesOf(a), LinesOf(b));
  std::vector<bool> shown(edits.size());
  for (size_t i = 0; i < edits.size(); ++i) {
    if (edits[i].mark == ' ') continue;
    const size_t first = i < kContext ? 0 : i - kContext;
    for (size_t k = first; k < std::min(edits.size(), i + kContext + 1); ++k)
      shown[k] = true;
  }
  std::string text;
  size_t line_a = 1, line_b = 1;
  for (size_t i = 0; i < edits.size(); ++i) {
    if (shown[i] && (i == 0 || !shown[i - 1]))
      text += format("@@ -{} +{} @@\n", line_a, line_b);
    if (shown[i]) text += format("{}{}\n", edits[i].mark, edits[i].line);
    line_a += edits[i].mark != '+';
    line_b += edits[i].mark != '-';
  }
  return text;
}

}  // namespace kernelevolve::cli
