#include "base/text.h"

#include <algorithm>
#include <numeric>

#include "base/format.h"

namespace kernelevolve {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  for (size_t end; (end = text.find(separator, begin)) != std::string_view::npos;
       begin = end + 1)
    parts.push_back(text.substr(begin, end - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

std::string Join(const std::vector<std::string>& parts,
                 std::string_view separator) {
  std::string joined;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) joined += separator;
    joined += part;
  }
  return joined;
}

std::string ReplaceAll(std::string_view text, std::string_view from,
                       std::string_view to) {
  std::string replaced;
  for (size_t at; (at = text.find(from)) != std::string_view::npos;) {
    replaced.append(text.substr(0, at)).append(to);
    text.remove_prefix(at + from.size());
  }
  return replaced.append(text);
}

std::string Counted(int64_t count, std::string_view noun) {
  return format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// Length of the valid UTF-8 sequence at `text`'s start, 0 if there is none.
static size_t Utf8Length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const size_t length = byte(0) < 0x80           ? 1
                        : byte(0) >> 5 == 0x6    ? 2
                        : byte(0) >> 4 == 0xe    ? 3
                        : byte(0) >> 3 == 0x1e   ? 4
                                                 : 0;
  if (length == 0 || length > text.size() || byte(0) == 0xc0 || byte(0) == 0xc1)
    return 0;
  for (size_t i = 1; i < length; ++i)
    if (byte(i) >> 6 != 2) return 0;
  return length;
}

std::string Sanitize(std::string_view text, size_t limit) {
  std::string clean;
  for (size_t i = 0; i < text.size();) {
    const size_t length = Utf8Length(text.substr(i));
    const auto c = static_cast<unsigned char>(text[i]);
    if (length == 0)
      clean += "?";
    else if (length > 1 && !(length == 2 && c == 0xc2 &&
                             static_cast<unsigned char>(text[i + 1]) < 0xa0))
      clean += text.substr(i, length);
    else if (length == 1 && (c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f)))
      clean += static_cast<char>(c);
    i += std::max<size_t>(length, 1);
  }
  if (clean.size() <= limit) return clean;
  const size_t keep = limit / 2;
  const auto boundary = [&](size_t at) {
    while (at > 0 && (static_cast<unsigned char>(clean[at]) >> 6) == 2) --at;
    return at;
  };
  const size_t head = boundary(keep);
  const size_t tail = boundary(clean.size() - keep);
  return clean.substr(0, head) + format("\n[… {} bytes cut …]\n", tail - head) +
         clean.substr(tail);
}

std::string Shortened(std::string_view text, size_t limit) {
  constexpr std::string_view kMore = "...";
  std::string line = Sanitize(text, text.size());
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\t', ' ');
  line = std::string(Trim(line));
  if (line.size() <= limit) return line;
  size_t end = limit - kMore.size();
  while (end > 0 && (static_cast<unsigned char>(line[end]) >> 6) == 2) --end;
  // A word is kept whole unless it is most of the line.
  const size_t blank = line.rfind(' ', end);
  if (blank != line.npos && blank > end / 2) end = blank;
  return line.substr(0, end).append(kMore);
}

static size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitute = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

std::string Nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const size_t distance = EditDistance(word.substr(0, 64), candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace kernelevolve
