#include "core/expression_tree.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::expression {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Splits the text into tokens, one ahead of the parser.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) { Advance(); }

  std::string_view token() const { return token_; }
  bool at_end() const { return token_.empty(); }
  bool is_number() const { return !at_end() && number_; }
  bool is_name() const { return !at_end() && IsLetter(token_[0]); }

  void Advance() {
    position_ += token_.size();
    while (position_ < text_.size() && IsBlank(text_[position_])) ++position_;
    token_ = text_.substr(position_, TokenLength());
  }
  bool Take(std::string_view expected) {
    if (token_ != expected) return false;
    Advance();
    return true;
  }

 private:
  static bool IsBlank(char c) { return c == ' ' || c == '\t'; }

  size_t TokenLength() {
    const std::string_view rest = text_.substr(position_);
    number_ = false;
    if (rest.empty()) return 0;
    if (IsLetter(rest[0])) {
      size_t length = 1;
      while (length < rest.size() &&
             (IsLetter(rest[length]) || IsDigit(rest[length])))
        ++length;
      return length;
    }
    if (IsDigit(rest[0]) ||
        (rest[0] == '.' && rest.size() > 1 && IsDigit(rest[1])))
      return NumberLength(rest);
    for (std::string_view pair : {"<=", ">=", "==", "!=", "&&", "||"})
      if (rest.substr(0, 2) == pair) return 2;
    return 1;
  }

  size_t NumberLength(std::string_view rest) {
    number_ = true;
    size_t length = 0;
    const auto digits = [&] {
      while (length < rest.size() && IsDigit(rest[length])) ++length;
    };
    digits();
    if (length < rest.size() && rest[length] == '.') {
      ++length;
      digits();
    }
    if (length < rest.size() && (rest[length] == 'e' || rest[length] == 'E')) {
      size_t sign = length + 1;
      if (sign < rest.size() && (rest[sign] == '-' || rest[sign] == '+'))
        ++sign;
      if (sign < rest.size() && IsDigit(rest[sign])) {
        length = sign;
        digits();
      }
    }
    return length;
  }

  std::string_view text_;
  size_t position_ = 0;
  std::string_view token_;
  bool number_ = false;
};

struct Binary {
  std::string_view token;
  Op op;
  int strength;
};
constexpr int kOrStrength = 1, kAndStrength = 2, kCompareStrength = 3,
              kSumStrength = 4, kProductStrength = 5;
constexpr std::array<Binary, 13> kBinaries = {{
    {"or", Op::kOr, kOrStrength},
    {"and", Op::kAnd, kAndStrength},
    {"<", Op::kLess, kCompareStrength},
    {"<=", Op::kLessEqual, kCompareStrength},
    {">", Op::kGreater, kCompareStrength},
    {">=", Op::kGreaterEqual, kCompareStrength},
    {"==", Op::kEqual, kCompareStrength},
    {"!=", Op::kNotEqual, kCompareStrength},
    {"+", Op::kAdd, kSumStrength},
    {"-", Op::kSubtract, kSumStrength},
    {"*", Op::kMultiply, kProductStrength},
    {"/", Op::kDivide, kProductStrength},
    {"%", Op::kRemainder, kProductStrength},
}};

// Precedence climbing; every recursion is counted against kMaxDepth.
class Parser {
 public:
  Parser(std::string_view text, bool allow_logic)
      : lexer_(text), allow_logic_(allow_logic) {}

  Result<Tree> Run() {
    ASSIGN_OR_RETURN(tree_.root, ParseBinary(kOrStrength));
    if (!lexer_.at_end()) return Unexpected("an operator or the end");
    return std::move(tree_);
  }

 private:
  tl::unexpected<Error> Unexpected(std::string_view expected) const {
    if (lexer_.at_end())
      return BadInput(format("it ends where {} is expected", expected));
    return BadInput(format("found \"{}\" where {} is expected",
                           Sanitize(lexer_.token(), 64), expected));
  }

  int Add(Node node) {
    tree_.nodes.push_back(std::move(node));
    return static_cast<int>(tree_.nodes.size()) - 1;
  }

  const Binary* NextBinary() const {
    for (const Binary& binary : kBinaries)
      if (lexer_.token() == binary.token &&
          (allow_logic_ || binary.strength >= kSumStrength))
        return &binary;
    return nullptr;
  }

  Result<int> ParseBinary(int weakest) {
    ASSIGN_OR_RETURN(int left, ParseUnary());
    int compared = 0;
    while (const Binary* binary = NextBinary()) {
      if (binary->strength < weakest) break;
      if (binary->strength == kCompareStrength && ++compared > 1)
        return BadInput(
            "comparisons cannot be chained; join them with \"and\"");
      lexer_.Advance();
      ASSIGN_OR_RETURN(const int right, ParseBinary(binary->strength + 1));
      left = Add({binary->op, 0, "", left, right});
    }
    return left;
  }

  Result<int> ParseUnary() {
    if (++depth_ > kMaxDepth)
      return BadInput(format("nested deeper than {} levels", kMaxDepth));
    Result<int> node = ParseUnaryInner();
    --depth_;
    return node;
  }

  Result<int> ParseUnaryInner() {
    if (lexer_.Take("-")) {
      ASSIGN_OR_RETURN(const int operand, ParseUnary());
      return Add({Op::kNegate, 0, "", operand, -1});
    }
    if (allow_logic_ && lexer_.Take("not")) {
      // Binds weaker than comparison: `not a < b` denies the comparison.
      ASSIGN_OR_RETURN(const int operand, ParseBinary(kCompareStrength));
      return Add({Op::kNot, 0, "", operand, -1});
    }
    if (lexer_.Take("(")) {
      ASSIGN_OR_RETURN(const int inner, ParseBinary(kOrStrength));
      if (!lexer_.Take(")")) return Unexpected("\")\"");
      return inner;
    }
    if (lexer_.is_number()) return ParseNumber();
    if (lexer_.is_name()) return ParseName();
    return Unexpected("a number, a name or \"(\"");
  }

  Result<int> ParseNumber() {
    const std::string_view token = lexer_.token();
    double value = 0;
    const auto [end, error] =
        std::from_chars(token.data(), token.data() + token.size(), value);
    if (error != std::errc() || end != token.data() + token.size() ||
        !(value <= kMaxValue))
      return BadInput(
          format("\"{}\" is too large a number", Sanitize(token, 64)));
    tree_.whole = tree_.whole && value == std::floor(value);
    lexer_.Advance();
    return Add({Op::kNumber, value, "", -1, -1});
  }

  Result<int> ParseName() {
    const std::string_view word = lexer_.token();
    if (word == "ceildiv") return ParseCall(Op::kCeilDiv);
    if (word == "min") return ParseCall(Op::kMin);
    if (word == "max") return ParseCall(Op::kMax);
    if (allow_logic_ && (word == "true" || word == "false")) {
      lexer_.Advance();
      return Add({Op::kNumber, word == "true" ? 1.0 : 0.0, "", -1, -1});
    }
    if (IsReservedWord(word)) return Unexpected("a number, a name or \"(\"");
    if (!IsIdentifier(word))
      return BadInput(format("name \"{}\" is too long", Sanitize(word, 64)));
    lexer_.Advance();
    if (lexer_.token() == "(")
      return BadInput(
          format("unknown function \"{}\"; known are ceildiv, min, max", word));
    tree_.names.emplace(word);
    return Add({Op::kName, 0, std::string(word), -1, -1});
  }

  Result<int> ParseCall(Op op) {
    lexer_.Advance();
    if (!lexer_.Take("(")) return Unexpected("\"(\"");
    ASSIGN_OR_RETURN(int left, ParseBinary(kOrStrength));
    int arguments = 1;
    while (lexer_.Take(",")) {
      ASSIGN_OR_RETURN(const int right, ParseBinary(kOrStrength));
      left = Add({op, 0, "", left, right});
      ++arguments;
    }
    if (!lexer_.Take(")")) return Unexpected("\",\" or \")\"");
    if (op == Op::kCeilDiv && arguments != 2)
      return BadInput(format("ceildiv takes 2 arguments, found {}", arguments));
    return left;
  }

  Lexer lexer_;
  const bool allow_logic_;
  int depth_ = 0;
  Tree tree_;
};

}  // namespace

Result<Tree> ParseTree(std::string_view text, bool allow_logic) {
  if (text.size() > kMaxText)
    return BadInput(format("longer than {} bytes", kMaxText));
  return Parser(text, allow_logic).Run();
}

bool IsReservedWord(std::string_view word) {
  constexpr std::array<std::string_view, 10> kReserved = {
      "and", "or",  "not",     "true", "false",
      "min", "max", "ceildiv", "in",   "when"};
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
}

bool IsIdentifier(std::string_view word) {
  if (word.empty() || word.size() > 64 || !IsLetter(word[0])) return false;
  return std::all_of(word.begin(), word.end(),
                     [](char c) { return IsLetter(c) || IsDigit(c); });
}

}  // namespace kernelevolve::expression
