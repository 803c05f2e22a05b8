#include "llm/secret.h"

#include <string.h>

namespace kernelevolve {
namespace {

constexpr std::string_view kMark = "[key]";
// A shorter "key" is a placeholder ("x", "none"), and redacting it would blank
// every text that has the letter.
constexpr size_t kShortest = 8;
// Servers quote keys in part: "Incorrect API key provided: sk-abcde***wxyz".
constexpr size_t kPrefix = 12;

std::string Replaced(std::string_view text, std::string_view what) {
  std::string clean;
  size_t begin = 0;
  for (size_t at; (at = text.find(what, begin)) != std::string_view::npos;
       begin = at + what.size()) {
    clean += text.substr(begin, at - begin);
    clean += kMark;
  }
  clean += text.substr(begin);
  return clean;
}

}  // namespace

Secret::~Secret() { ::explicit_bzero(value_.data(), value_.size()); }

std::string Secret::RedactedFrom(std::string_view text) const {
  if (value_.size() < kShortest) return std::string(text);
  const std::string clean = Replaced(text, value_);
  if (value_.size() < 2 * kPrefix) return clean;
  return Replaced(clean, std::string_view(value_).substr(0, kPrefix));
}

std::vector<std::string> SecretEnvironmentNames() {
  return {"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "KE_API_KEY"};
}

}  // namespace kernelevolve
