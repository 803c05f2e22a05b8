#include "worker/build/without_comments.h"

#include <algorithm>
#include <string_view>

namespace kernelevolve::worker {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsOfName(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool IsBlank(char c) { return c == ' ' || c == '\t'; }

template <size_t N>
bool IsAmong(std::string_view word, const std::string_view (&words)[N]) {
  return std::ranges::find(words, word) != std::end(words);
}

// Backslashes before a line's end splice it, also with blanks between.
bool HasSplice(std::string_view source) {
  for (size_t at = source.find('\\'); at != source.npos; at = source.find('\\', at + 1)) {
    const size_t next = source.find_first_not_of(" \t\r", at + 1);
    if (next == source.npos || source[next] == '\n') return true;
  }
  return false;
}

bool HasControlCharacter(std::string_view source) {
  for (size_t i = 0; i < source.size(); ++i) {
    const auto c = static_cast<unsigned char>(source[i]);
    const bool line_end = c == '\r' && i + 1 < source.size() && source[i + 1] == '\n';
    if ((c < ' ' && c != '\n' && c != '\t' && !line_end) || c == 0x7f) return true;
  }
  return false;
}

// One pass over the text; each step consumes something, or gives up.
class Stripper {
 public:
  explicit Stripper(std::string_view source) : source_(source) {}

  std::optional<std::string> Run() {
    while (at_ < source_.size())
      if (!Step()) return std::nullopt;
    return std::move(text_);
  }

 private:
  char Here(size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\n';
  }
  void Keep(size_t count = 1) {
    text_.append(source_.substr(at_, count));
    at_ += count;
  }

  void StartLine() {
    line_began_ = true;
    in_header_ = angles_may_quote_ = false;
  }

  bool Step() {
    const char c = Here();
    if (c == '\n' || c == '\r' || IsBlank(c)) {
      if (c == '\n') StartLine();
      Keep();
      return true;
    }
    if (c == '/' && (Here(1) == '*' || Here(1) == '/')) return Comment();
    if (line_began_ && (c == '#' || (c == '%' && Here(1) == ':'))) {
      Keep(c == '#' ? 1 : 2);
      return Directive();
    }
    const bool first = line_began_;
    line_began_ = false;
    if (in_header_ && (c == '<' || c == '"')) return HeaderName();
    if (c == '"') return String();
    if (c == '\'') return Character();
    if (IsDigit(c)) return Number();
    if (IsOfName(c)) return Name(first);
    // What is no character of the language, and what spells one in another way.
    if (c == '\\' || c == '`' || c == '@' || c == '$' || c < 0) return false;
    if (c == '<' && angles_may_quote_) return false;
    Keep();
    return true;
  }

  bool Comment() {
    const bool block = Here(1) == '*';
    const size_t end = block ? source_.find("*/", at_ + 2) : source_.find('\n', at_);
    if (end == source_.npos && block) return false;
    text_ += ' ';
    at_ = end == source_.npos ? source_.size() : end + (block ? 2 : 0);
    return true;
  }

  // Its name may stand behind comments. Only those are known that name a file, or
  // whose text is lexed as any other.
  bool Directive() {
    line_began_ = false;
    while (IsBlank(Here()) || (Here() == '/' && Here(1) == '*')) {
      if (IsBlank(Here()))
        Keep();
      else if (!Comment())
        return false;
    }
    const size_t begin = at_;
    while (IsOfName(Here())) Keep();
    const std::string_view name = source_.substr(begin, at_ - begin);
    static constexpr std::string_view kPlain[] = {
        "define", "undef", "if", "ifdef", "ifndef", "elif", "else", "endif",
        "error", "line", "pragma", ""};
    static constexpr std::string_view kOfFiles[] = {"include", "include_next",
                                                    "import", "embed"};
    in_header_ = IsAmong(name, kOfFiles);
    angles_may_quote_ = name == "pragma";
    return in_header_ || IsAmong(name, kPlain);
  }

  // Of a few plain characters, so that it is one for every reader, also where a
  // compiler skips the line.
  bool HeaderName() {
    in_header_ = false;
    const char close = Here() == '<' ? '>' : '"';
    Keep();
    while (IsOfName(Here()) || Here() == '.' || Here() == '-' || Here() == '+' ||
           (Here() == '/' && Here(1) != '/' && Here(1) != '*'))
      Keep();
    if (Here() != close) return false;
    Keep();
    return true;
  }

  bool String() {
    Keep();
    while (Here() != '"') {
      if (Here() == '\n') return false;
      Keep(Here() == '\\' ? 2 : 1);
    }
    Keep();
    return true;
  }

  // 'x' or '\x', nothing longer: an apostrophe of plain text is none.
  bool Character() {
    const size_t inside = Here(1) == '\\' ? 2 : 1;
    if (Here(inside) == '\n' || (inside == 1 && Here(1) == '\'')) return false;
    if (Here(inside + 1) != '\'') return false;
    Keep(inside + 2);
    return true;
  }

  bool Number() {
    while (IsOfName(Here()) || Here() == '.' || Here() == '\'' || IsSignOfExponent()) {
      if (Here() == '\'' && !(IsOfName(source_[at_ - 1]) && IsOfName(Here(1))))
        return false;
      Keep();
    }
    if (Here() == '$') return false;  // some compilers take it into a number
    return true;
  }

  bool IsSignOfExponent() const {
    static constexpr std::string_view kExponents = "eEpP";
    return (Here() == '+' || Here() == '-') &&
           kExponents.find(source_[at_ - 1]) != kExponents.npos;
  }

  bool Name(bool first) {
    const size_t begin = at_;
    while (IsOfName(Here())) Keep();
    const std::string_view name = source_.substr(begin, at_ - begin);
    static constexpr std::string_view kModules[] = {"import", "module", "export"};
    if (first && IsAmong(name, kModules)) return false;
    return !name.starts_with("__has_") && !(name.ends_with("R") && Here() == '"');
  }

  const std::string_view source_;
  std::string text_;
  size_t at_ = 0;
  bool line_began_ = true;     // nothing but blanks and comments so far
  bool in_header_ = false;     // the name of an included file is still to come
  bool angles_may_quote_ = false;  // a pragma may name a file
};

}  // namespace

std::optional<std::string> WithoutComments(const std::string& source) {
  if (source.find("R\"") != source.npos || source.find("??") != source.npos ||
      HasSplice(source) || HasControlCharacter(source))
    return std::nullopt;
  return Stripper(source).Run();
}

}  // namespace kernelevolve::worker
