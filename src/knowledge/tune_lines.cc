#include "knowledge/tune_lines.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "base/format.h"
#include "base/text.h"
#include "core/tune.h"

namespace kernelevolve {
namespace {

// Combinations of defaults tried at most, nearest first.
constexpr size_t kMaxTries = 20'000;

bool IsWordChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

std::string ReplaceWords(std::string_view text,
                         const std::map<std::string, std::string>& words) {
  std::string replaced;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && IsWordChar(text[end])) ++end;
    if (end == i) {
      replaced += text[i++];
      continue;
    }
    const std::string word(text.substr(i, end - i));
    const auto it = words.find(word);
    replaced += it == words.end() ? word : it->second;
    i = end;
  }
  return replaced;
}

bool IsTuneLine(std::string_view line) {
  line = Trim(line);
  for (std::string_view mark : {"//", "#"})
    if (line.starts_with(mark))
      return Trim(line.substr(mark.size())).starts_with("ke:tune ");
  return false;
}

// A declaration cut around its default: "// ke:tune U = " "4" " in {1, 4} …".
struct TuneLine {
  size_t index = 0;  // among the source's lines
  std::string before, after;
  std::vector<std::string> values;  // the written default first, then nearest
};

// The listed values in order of their distance, in the list, from the default.
std::vector<std::string> Nearest(const std::vector<std::string>& values,
                                 const std::string& start) {
  const auto at =
      std::find(values.begin(), values.end(), start) - values.begin();
  std::vector<std::pair<long, std::string>> ranked;
  for (size_t i = 0; i < values.size(); ++i)
    ranked.push_back({std::labs(static_cast<long>(i) - at), values[i]});
  std::stable_sort(
      ranked.begin(), ranked.end(),
      [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> sorted;
  for (auto& [distance, value] : ranked) sorted.push_back(value);
  return sorted;
}

std::optional<TuneLine> CutTuneLine(const std::string& line, size_t index) {
  const size_t equals = line.find('='), in = line.find(" in ", equals);
  const size_t open = line.find('{', in), close = line.find('}', open);
  if (equals == std::string::npos || close == std::string::npos)
    return std::nullopt;
  TuneLine cut;
  cut.index = index;
  cut.before = line.substr(0, equals + 1) + " ";
  cut.after = line.substr(in);
  std::vector<std::string> values;
  for (std::string_view value :
       Split(std::string_view(line).substr(open + 1, close - open - 1), ','))
    values.emplace_back(Trim(value));
  cut.values = Nearest(values, std::string(Trim(std::string_view(line).substr(
                                   equals + 1, in - equals - 1))));
  return cut;
}

// All choices of one value per line whose ranks sum to `distance`, until
// `visit` says stop. False if stopped.
template <typename Visit>
bool VisitAtDistance(const std::vector<TuneLine>& lines, size_t distance,
                     std::vector<size_t>& choice, const Visit& visit) {
  if (choice.size() == lines.size()) return distance != 0 || visit(choice);
  const size_t values = lines[choice.size()].values.size();
  for (size_t rank = 0; rank <= std::min(distance, values - 1); ++rank) {
    choice.push_back(rank);
    const bool go_on = VisitAtDistance(lines, distance - rank, choice, visit);
    choice.pop_back();
    if (!go_on) return false;
  }
  return true;
}

std::string JoinLines(const std::vector<std::string>& lines) {
  return Join(lines, "\n");
}

}  // namespace

Result<std::string> SettleTuneLines(
    const std::string& source,
    const std::map<std::string, std::string>& options) {
  std::vector<std::string> text;
  std::vector<TuneLine> tunes;
  for (std::string_view line : Split(source, '\n')) {
    text.emplace_back(line);
    if (!IsTuneLine(line)) continue;
    text.back() = ReplaceWords(line, options);
    if (auto cut = CutTuneLine(text.back(), text.size() - 1))
      tunes.push_back(std::move(*cut));
  }
  std::vector<std::string> declarations;
  std::optional<Error> first_error;
  std::optional<std::vector<size_t>> found;
  size_t tries = 0, furthest = 0;
  for (const TuneLine& line : tunes) furthest += line.values.size() - 1;
  const auto visit = [&](const std::vector<size_t>& choice) {
    declarations.clear();
    for (size_t i = 0; i < tunes.size(); ++i)
      declarations.push_back(tunes[i].before + tunes[i].values[choice[i]] +
                             tunes[i].after);
    const Result<TuneSpace> space = ParseTuneSpace(JoinLines(declarations));
    if (space)
      found = choice;
    else if (!first_error)
      first_error = space.error();
    return !found && ++tries < kMaxTries;
  };
  std::vector<size_t> choice;
  for (size_t distance = 0; distance <= furthest; ++distance)
    if (!VisitAtDistance(tunes, distance, choice, visit)) break;
  if (!found) return Fail(*first_error);
  for (size_t i = 0; i < tunes.size(); ++i)
    text[tunes[i].index] = declarations[i];
  return JoinLines(text);
}

}  // namespace kernelevolve
