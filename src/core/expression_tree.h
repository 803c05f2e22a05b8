// The parsed form of an Expression, and the parser that makes it. Internal to
// core: others use core/expression.h.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kernelevolve::expression {

enum class Op {
  kNumber, kName,
  kAdd, kSubtract, kMultiply, kDivide, kRemainder, kNegate,
  kCeilDiv, kMin, kMax,
  kLess, kLessEqual, kGreater, kGreaterEqual, kEqual, kNotEqual,
  kAnd, kOr, kNot,
};

// Children are indices into Tree::nodes: copying and destroying a tree never
// recurses, however deep a hostile text makes it.
struct Node {
  Op op = Op::kNumber;
  double number = 0;
  std::string name;
  int left = -1, right = -1;
};

struct Tree {
  std::vector<Node> nodes;
  int root = -1;
  std::set<std::string> names;
  bool whole = true;  // every literal is a whole number
};

inline constexpr size_t kMaxText = 4096;
inline constexpr int kMaxDepth = 64;
// Doubles count exactly up to here.
inline constexpr double kMaxValue = 0x1p53;

Result<Tree> ParseTree(std::string_view text, bool allow_logic);

// Words with a meaning of their own, which therefore name nothing else.
bool IsReservedWord(std::string_view word);
// A letter or underscore, then letters, digits, underscores; at most 64.
bool IsIdentifier(std::string_view word);

}  // namespace kernelevolve::expression
