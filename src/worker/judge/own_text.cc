#include "worker/judge/own_text.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "worker/build/without_comments.h"

namespace kernelevolve::worker {
namespace {

constexpr std::string_view kBlanks = " \t\v\f\r";

bool IsOfName(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         c == '_';
}

// What is behind blanks and comments.
std::string_view SkipBlanks(std::string_view text) {
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    if (!text.starts_with("/*")) return text;
    const size_t end = text.find("*/", 2);
    text.remove_prefix(end == text.npos ? text.size() : end + 2);
  }
}

// Whether this may be the first of a directive: behind nothing, or a comment.
bool MayBegin(std::string_view before) {
  const size_t last = before.find_last_not_of(kBlanks);
  return last == before.npos || before[last] == '\n' || before[last] == '/';
}

// "#line 3", "# 3": from there on lines are counted, and files named, as one likes.
bool RenamesLines(std::string_view text) {
  for (const std::string_view mark : {"#", "%:"})
    for (size_t at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) {
      const std::string_view said = SkipBlanks(text.substr(at + mark.size()));
      const bool renames =
          said.starts_with("line") ||
          (!said.empty() && said.front() >= '0' && said.front() <= '9');
      if (renames && MayBegin(text.substr(0, at))) return true;
    }
  return false;
}

// What stands behind "asm", if that is no instruction: a fence for the compiler.
bool IsEmptyAssembly(std::string_view behind) {
  const auto quote = std::ranges::find_if(behind, [](char c) {
    return !IsOfName(c) && c != '(' && kBlanks.find(c) == kBlanks.npos;
  });
  behind.remove_prefix(static_cast<size_t>(quote - behind.begin()));
  if (!behind.starts_with("\"\"")) return false;
  const size_t next = behind.find_first_not_of(kBlanks, 2);
  return next != behind.npos && (behind[next] == ':' || behind[next] == ')');
}

bool IsUnseen(std::string_view name, std::string_view behind) {
  if (name == "asm" || name == "__asm" || name == "__asm__")
    return !IsEmptyAssembly(behind);
  if (name.starts_with("_tile_") || name.starts_with("__builtin_ia32_")) return true;
  if (!name.starts_with("_mm")) return name == "_movdir64b";
  // The parts of _mm512_mask_i32gather_ps, _mm256_stream_ps and so on. A mask alone is
  // no access.
  for (const std::string_view part :
       {"gather", "scatter", "stream_", "maskload", "maskstore", "maskmove", "lddqu",
        "compressstore", "expandload", "loadl_p", "loadh_p", "storel_p", "storeh_p",
        "broadcast_s", "broadcast_p"})
    if (name.find(part) != name.npos) return true;
  return name.find("mask") != name.npos &&
         (name.find("load") != name.npos || name.find("store") != name.npos);
}

}  // namespace

std::string PlainText(const std::string& source) {
  std::string text = WithoutComments(source).value_or(source);
  for (size_t at = text.find('\\'); at != text.npos; at = text.find('\\', at)) {
    const size_t next = text.find_first_not_of(" \t\r", at + 1);
    if (next != text.npos && text[next] == '\n')
      text.erase(at, next + 1 - at);
    else
      ++at;
  }
  return text;
}

std::string OwnText(const std::string& source, const std::string& preprocessed) {
  // In a raw string a line stays one.
  const bool raw = source.find("R\"") != source.npos;
  if (RenamesLines(PlainText(source)) || (raw && RenamesLines(source)))
    return preprocessed;
  std::string own;
  bool ours = false;
  for (const std::string_view line : Split(preprocessed, '\n')) {
    const size_t name = line.find('"');
    if (line.starts_with("# ") && name != line.npos) {
      ours = line.substr(name + 1).starts_with("/ke/");
    } else if (ours) {
      own.append(line);
      own += '\n';
    }
  }
  return own;
}

std::string FirstWord(const std::string& text, std::initializer_list<const char*> words) {
  for (const char* word : words)
    if (text.find(word) != text.npos) return word;
  return "";
}

std::string FirstUnseenAccess(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && IsOfName(text[end])) ++end;
    const std::string_view name = std::string_view(text).substr(at, end - at);
    if (IsUnseen(name, std::string_view(text).substr(end))) return std::string(name);
    at = end + 1;
  }
  return "";
}

}  // namespace kernelevolve::worker
