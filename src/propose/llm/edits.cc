#include "propose/llm/edits.h"

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

constexpr std::string_view kSearch = "<<<<<<< SEARCH";
constexpr std::string_view kDivider = "=======";
constexpr std::string_view kReplace = ">>>>>>> REPLACE";
constexpr size_t kQuoted = 300;

tl::unexpected<Complaint> Complain(std::string text) {
  return tl::unexpected<Complaint>(Complaint{std::move(text)});
}

std::string FirstLine(const std::string& text) {
  return std::string(Trim(Split(Trim(text), '\n').front()));
}

// The line of `source` that a mistaken search most likely meant.
std::string NearestLine(std::string_view source, const std::string& search) {
  std::vector<std::string> lines;
  for (const std::string_view line : Split(source, '\n'))
    if (!Trim(line).empty()) lines.emplace_back(Trim(line));
  return Nearest(FirstLine(search), lines);
}

tl::unexpected<Complaint> NotFound(std::string_view source,
                                   const Edit& edit, size_t number) {
  const std::string near = NearestLine(source, edit.search);
  std::string text = format(
      "edit {}: its SEARCH text is not in the source, character for "
      "character:\n{}\n{}",
      number, Sanitize(edit.search, kQuoted),
      near.empty() ? "Answer with the whole file if in doubt."
                   : "The nearest line that there is stands below.");
  return tl::unexpected<Complaint>(
      Complaint{std::move(text), Sanitize(near, kQuoted)});
}

}  // namespace

bool HoldsEdits(std::string_view text) {
  return text.starts_with(kSearch) ||
         text.find("\n" + std::string(kSearch)) != text.npos;
}

tl::expected<std::vector<Edit>, Complaint> ParseEdits(std::string_view text) {
  enum class Part { kOutside, kSearch, kReplace } part = Part::kOutside;
  std::vector<Edit> edits;
  for (std::string_view line : Split(text, '\n')) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const std::string_view mark = Trim(line);
    if (mark == kSearch) {
      if (part != Part::kOutside)
        return Complain("a SEARCH begins before the last edit has ended");
      edits.emplace_back();
      part = Part::kSearch;
    } else if (mark == kDivider && part == Part::kSearch) {
      part = Part::kReplace;
    } else if (mark == kReplace && part == Part::kReplace) {
      part = Part::kOutside;
    } else if (part == Part::kSearch) {
      edits.back().search.append(line).append("\n");
    } else if (part == Part::kReplace) {
      edits.back().replace.append(line).append("\n");
    }
  }
  if (part != Part::kOutside)
    return Complain("the last edit does not end with " + std::string(kReplace));
  return edits;
}

tl::expected<std::string, Complaint> ApplyEdits(std::string_view source,
                                                const std::vector<Edit>& edits) {
  std::string edited(source);
  if (!edited.empty() && edited.back() != '\n') edited += '\n';
  for (size_t i = 0; i < edits.size(); ++i) {
    const std::string& search = edits[i].search;
    if (Trim(search).empty())
      return Complain(format("edit {}: its SEARCH text is empty", i + 1));
    const size_t at = edited.find(search);
    if (at == edited.npos) return NotFound(edited, edits[i], i + 1);
    if (edited.find(search, at + 1) != edited.npos)
      return Complain(format(
          "edit {}: its SEARCH text stands in the source more than once; take "
          "more lines around it:\n{}",
          i + 1, Sanitize(search, kQuoted)));
    edited.replace(at, search.size(), edits[i].replace);
  }
  return edited;
}

}  // namespace kernelevolve
