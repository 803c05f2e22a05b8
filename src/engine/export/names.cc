#include "engine/export/names.h"

#include <cctype>
#include <set>
#include <string_view>

#include "base/text.h"

namespace kernelevolve {
namespace {

// Of C and C++, and what the generated code itself uses.
const std::set<std::string_view> kTaken = {
    "alignas",  "and",      "asm",       "auto",      "bool",   "break",
    "case",     "catch",    "char",      "class",     "const",  "continue",
    "default",  "delete",   "do",        "double",    "else",   "enum",
    "explicit", "export",   "extern",    "false",     "float",  "for",
    "friend",   "goto",     "if",        "inline",    "int",    "long",
    "main",     "mutable",  "namespace", "new",       "not",    "operator",
    "or",       "plan",     "private",   "protected", "public", "register",
    "requires", "restrict", "return",    "short",     "signed", "sizeof",
    "static",   "struct",   "switch",    "template",  "this",   "throw",
    "true",     "try",      "typedef",   "typename",  "union",  "unsigned",
    "using",    "virtual",  "void",      "volatile",  "while"};

bool IsWordChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

}  // namespace

std::string CName(const std::string& name) {
  std::string clean;
  for (char c : name) clean += IsWordChar(c) ? c : '_';
  if (clean.empty() || std::isdigit(static_cast<unsigned char>(clean[0])))
    clean.insert(0, "k");
  return kTaken.contains(clean) ? clean + "_" : clean;
}

std::string CTypeName(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return "double";
    case DType::kF32:
      return "float";
    case DType::kF16:
    case DType::kBF16:
      return "uint16_t";
    case DType::kF8E4M3:
    case DType::kF8E5M2:
    case DType::kU8:
    case DType::kBool:
      return "uint8_t";
    case DType::kI64:
      return "int64_t";
    case DType::kI32:
      return "int32_t";
    case DType::kI16:
      return "int16_t";
    case DType::kI8:
      return "int8_t";
  }
  return "void";
}

std::string CExpression(const Expression& expression) {
  const std::string& text = expression.text();
  std::string spelled;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && IsWordChar(text[end])) ++end;
    if (end == i) {
      spelled += text[i++];
      continue;
    }
    const std::string word = text.substr(i, end - i);
    spelled += expression.names().contains(word) ? CName(word) : word;
    i = end;
  }
  return spelled;
}

std::string DescribeTensor(const TensorSpec& tensor) {
  std::vector<std::string> entries;
  for (const Expression& entry : tensor.shape) entries.push_back(entry.text());
  return tensor.name + " " + std::string(DTypeName(tensor.dtype)) + " [" +
         Join(entries, ", ") + "]" + (tensor.constant ? " (constant)" : "");
}

}  // namespace kernelevolve
