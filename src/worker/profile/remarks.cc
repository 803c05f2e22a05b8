#include "worker/profile/remarks.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker {
namespace {

constexpr size_t kRemarkBytes = 160;

struct Remark {
  int rank = 0;  // the more it explains, the lower
  int line = 0;
  std::string text;
};

// What a remark is worth; nullopt for those that explain nothing.
std::optional<int> RankOf(std::string_view message) {
  const auto says = [&](std::string_view words) {
    return message.find(words) != message.npos;
  };
  if (message.starts_with("optimized:")) return says("loop") ? 0 : 3;
  if (says("not vectorized:")) return 1;
  // Names the call that is in the way.
  if (says("statement clobbers memory")) return says("asm") ? 3 : 1;
  return std::nullopt;
}

// Splits "/ke/build/kernel.cc:12:21: missed: …" behind the name: the folder and
// the rest. nullopt for lines about other files.
std::optional<std::pair<std::string_view, std::string_view>> SplitPath(
    std::string_view line, const std::string& name) {
  const size_t end = line.find(':');
  const std::string_view path = line.substr(0, end);
  const size_t slash = path.rfind('/') + 1;  // 0 without one
  if (end == line.npos || path.substr(slash) != name) return std::nullopt;
  return std::pair(path.substr(0, slash), line.substr(end + 1));
}

std::optional<Remark> ReadRemark(std::string_view text,
                                 const std::string& name) {
  const auto parts = SplitPath(text, name);
  if (!parts) return std::nullopt;
  const auto& [folder, rest] = *parts;
  Remark remark;
  const auto number =
      std::from_chars(rest.data(), rest.data() + rest.size(), remark.line);
  const size_t message = rest.find(": ");
  if (number.ec != std::errc() || message == rest.npos) return std::nullopt;
  const std::string_view words = Trim(rest.substr(message + 2));
  const std::optional<int> rank = RankOf(words);
  if (!rank) return std::nullopt;
  remark.rank = *rank;
  // Without its first word, "optimized" or "missed".
  remark.text = format("{}:{}: {}", name, remark.line,
                       Trim(words.substr(words.find(':') + 1)));
  if (folder.size() > 1) remark.text = ReplaceAll(remark.text, folder, "");
  remark.text = Sanitize(remark.text.substr(0, kRemarkBytes), kRemarkBytes);
  return remark;
}

// The compiler numbers its temporaries: "_5 = expf (_4)".
std::string WithoutNumbers(const std::string& text) {
  std::string rest;
  for (size_t i = 0; i < text.size(); ++i) {
    rest += text[i];
    if (text[i] != '_') continue;
    while (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9') ++i;
  }
  return rest;
}

}  // namespace

const std::vector<std::string>& RemarkFlags() {
  static const std::vector<std::string> flags = {"-fopt-info-vec-optimized",
                                                 "-fopt-info-vec-missed"};
  return flags;
}

std::vector<std::string> ReadRemarks(std::string_view text,
                                     const std::string& name) {
  std::vector<Remark> remarks;
  std::set<std::string> seen;
  for (const std::string_view line : Split(text, '\n')) {
    auto remark = ReadRemark(line, name);
    if (remark && seen.insert(WithoutNumbers(remark->text)).second)
      remarks.push_back(*std::move(remark));
  }
  std::stable_sort(remarks.begin(), remarks.end(), [](auto& a, auto& b) {
    return std::pair(a.rank, a.line) < std::pair(b.rank, b.line);
  });
  // What worked leaves half of the room to what did not.
  const auto failed = std::find_if(remarks.begin(), remarks.end(),
                                   [](const Remark& r) { return r.rank > 0; });
  const size_t worked = static_cast<size_t>(failed - remarks.begin());
  const size_t excess = remarks.size() - std::min(remarks.size(), kMostRemarks);
  const size_t half = kMostRemarks / 2;
  const size_t dropped = std::min(excess, worked - std::min(worked, half));
  remarks.erase(failed - static_cast<std::ptrdiff_t>(dropped), failed);
  if (remarks.size() > kMostRemarks) remarks.resize(kMostRemarks);
  std::vector<std::string> lines;
  for (Remark& remark : remarks) lines.push_back(std::move(remark.text));
  return lines;
}

}  // namespace kernelevolve::worker
