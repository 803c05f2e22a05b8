#include "propose/llm/move_digest.h"

#include <algorithm>
#include <cctype>

#include "base/digest.h"
#include "knowledge/language_style.h"

namespace kernelevolve {
namespace {

bool IsSpace(char c) { return std::isspace(static_cast<unsigned char>(c)); }
bool IsWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c < 0;
}

// Walks over a source and keeps what tells kernels apart.
class Stripper {
 public:
  explicit Stripper(std::string_view text) : text_(text) {}
  virtual ~Stripper() = default;

  std::string Run() {
    while (at_ < text_.size())
      if (!TakeSpecial()) Keep(text_[at_++]);
    EndLine();
    return std::move(bare_);
  }

 protected:
  // Comments, literals and whatever else is more than one character; false
  // where an ordinary character stands.
  virtual bool TakeSpecial() = 0;

  bool Sees(std::string_view what) const {
    return text_.substr(at_).starts_with(what);
  }
  // To the letter, from here to `end`.
  void KeepTo(size_t end) {
    end = std::min(end, text_.size());
    Keep(text_[at_]);
    bare_ += text_.substr(at_ + 1, end - at_ - 1);
    at_ = end;
  }
  void SkipLine() { at_ = std::min(text_.find('\n', at_), text_.size()); }
  // Past a literal that ends with `quote`, which a backslash takes its meaning.
  size_t EndOfLiteral(size_t from, std::string_view quote, bool lines) const {
    for (size_t i = from; i < text_.size(); ++i) {
      if (text_[i] == '\\')
        ++i;
      else if (text_.substr(i).starts_with(quote))
        return i + quote.size();
      else if (text_[i] == '\n' && !lines)
        return i;
    }
    return text_.size();
  }
  // One character, after a blank if it would grow together with the last one.
  void Keep(char c) {
    if (blank_ && !bare_.empty()) {
      const char last = bare_.back();
      const bool grows = (IsWord(last) && IsWord(c)) || last == c;
      if (blanks_count_ ? last != '\n' && last != '#' : grows) bare_ += ' ';
    }
    blank_ = false;
    bare_ += c;
  }
  void Blank() { blank_ = true; }
  void EndLine() {
    blank_ = false;
    if (!bare_.empty() && bare_.back() != '\n') bare_ += '\n';
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::string bare_;
  bool blanks_count_ = false;  // every blank, as in a preprocessor's line

 private:
  bool blank_ = false;
};

// C++, CUDA, HIP.
class BracesStripper : public Stripper {
 public:
  using Stripper::Stripper;

 private:
  bool TakeSpecial() override {
    return TakeComment() || TakeDirective() || TakeLiteral() || TakeSpace();
  }

  bool TakeComment() {
    if (Sees("//")) {
      SkipLine();
    } else if (Sees("/*")) {
      const size_t end = text_.find("*/", at_ + 2);
      at_ = end == text_.npos ? text_.size() : end + 2;
    } else {
      return false;
    }
    Blank();
    return true;
  }

  bool TakeDirective() {
    if (text_[at_] != '#' || !line_is_empty_) return false;
    EndLine();
    Keep('#');
    ++at_;
    blanks_count_ = true;
    line_is_empty_ = false;
    return true;
  }

  bool TakeLiteral() {
    const char quote = text_[at_];
    if (quote == '"') {
      KeepTo(IsRaw() ? EndOfRaw() : EndOfLiteral(at_ + 1, "\"", false));
    } else if (quote == '\'' && !InsideNumber()) {
      KeepTo(EndOfLiteral(at_ + 1, "'", false));
    } else {
      line_is_empty_ = line_is_empty_ && IsSpace(quote);
      return false;
    }
    line_is_empty_ = false;
    return true;
  }

  bool TakeSpace() {
    if (Sees("\\\n")) {
      Blank();
      at_ += 2;
      return true;
    }
    const char c = text_[at_];
    if (!IsSpace(c)) return false;
    ++at_;
    if (c != '\n') return Blank(), true;
    line_is_empty_ = true;
    if (blanks_count_)
      EndLine();
    else
      Blank();
    blanks_count_ = false;
    return true;
  }

  bool IsRaw() const { return at_ > 0 && text_[at_ - 1] == 'R'; }
  size_t EndOfRaw() const {
    const size_t open = text_.find('(', at_);
    if (open == text_.npos) return text_.size();
    const std::string close =
        ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
    const size_t end = text_.find(close, open);
    return end == text_.npos ? text_.size() : end + close.size();
  }
  // As in 1'000.
  bool InsideNumber() const {
    constexpr size_t kLongest = 80;
    size_t begin = at_;
    while (begin > 0 && at_ - begin < kLongest &&
           (IsWord(text_[begin - 1]) || text_[begin - 1] == '\''))
      --begin;
    return begin < at_ && std::isdigit(static_cast<unsigned char>(text_[begin]));
  }

  bool line_is_empty_ = true;
};

// Triton and whatever else is hosted in Python.
class IndentStripper : public Stripper {
 public:
  using Stripper::Stripper;

 private:
  bool TakeSpecial() override {
    const char c = text_[at_];
    if (c == '#') return SkipLine(), true;
    if (c == '\n' && depth_ == 0) return TakeNewline(), true;
    if (Sees("\\\n")) return Blank(), at_ += 2, true;
    if (IsSpace(c)) return Blank(), ++at_, true;
    if (line_begins_) TakeIndent();
    if (c == '"' || c == '\'') return TakeLiteral(), true;
    if (c == '(' || c == '[' || c == '{') ++depth_;
    if (c == ')' || c == ']' || c == '}') depth_ = std::max(0, depth_ - 1);
    return false;
  }

  void TakeNewline() {
    EndLine();
    line_begins_ = true;
    line_start_ = ++at_;
  }
  void TakeIndent() {
    line_begins_ = false;
    EndLine();
    bare_ += text_.substr(line_start_, at_ - line_start_);
  }
  void TakeLiteral() {
    for (const std::string_view quote : {"\"\"\"", "'''"})
      if (Sees(quote)) return KeepTo(EndOfLiteral(at_ + 3, quote, true));
    KeepTo(EndOfLiteral(at_ + 1, text_.substr(at_, 1), false));
  }

  int depth_ = 0;  // of brackets, inside which a line does not end
  bool line_begins_ = true;
  size_t line_start_ = 0;
};

}  // namespace

std::string BareSource(std::string_view source, std::string_view language) {
  if (StyleOf(language).comment == "//") return BracesStripper(source).Run();
  return IndentStripper(source).Run();
}

std::string MoveDigest(const Candidate& candidate) {
  std::string bare = BareSource(candidate.source, candidate.language);
  for (const auto& [name, value] : candidate.parameters)
    bare += "\n" + name + "=" + value;
  return HexDigest(bare);
}

}  // namespace kernelevolve
