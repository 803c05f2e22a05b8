#include "worker/build/build_scan.h"

#include <cctype>
#include <cstring>
#include <optional>
#include <string>

#include "base/text.h"

namespace kernelevolve::worker {
namespace {

Failure Tampering(std::string_view what, std::string_view line) {
  return {Code::kBuildTamper, std::string(what) + ": " + Sanitize(line, 120),
          "build_scan", ""};
}

// What follows the `#` of a directive, in either spelling; empty for any other
// line.
std::string_view Directive(std::string_view line) {
  if (line.starts_with("#")) return Trim(line.substr(1));
  if (line.starts_with("%:")) return Trim(line.substr(2));
  return {};
}

// The file that an include names: up to its closing quote or bracket, so that
// comments behind it do not matter.
std::string_view IncludedFile(std::string_view directive) {
  const size_t open = directive.find_first_of("\"<");
  if (open == directive.npos) return directive;
  const size_t close = directive.find(directive[open] == '<' ? '>' : '"', open + 1);
  return directive.substr(open + 1, close == directive.npos ? close
                                                            : close - open - 1);
}

// `include MACRO`: what is included shows after preprocessing only.
bool NamesNoFile(std::string_view directive) {
  const std::string_view rest = directive.substr(std::strlen("include"));
  return (rest.starts_with(" ") || rest.starts_with("\t")) &&
         rest.find_first_of("\"<") == rest.npos;
}

// The end of a literal that begins at `at`; npos where it does not end on its line.
size_t EndOfLiteral(std::string_view text, size_t at) {
  for (size_t i = at + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == text[at]) return i;
    if (text[i] == '\\') ++i;
  }
  return text.npos;
}

// The source with a blank for each comment. None where comments are not plain to
// see (raw strings, spliced lines, literals with prefixes, quotes left open): such a
// text is scanned as it stands, so that nothing hides in what only looks like one.
std::optional<std::string> WithoutComments(std::string_view text) {
  if (text.find("R\"") != text.npos || text.find("\\\n") != text.npos ||
      text.find("\\\r") != text.npos || text.find("\\ ") != text.npos ||
      text.find("\\\t") != text.npos)
    return std::nullopt;
  const auto is_word = [&](size_t at) {
    return at < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '_');
  };
  std::string code;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("//") || rest.starts_with("/*")) {
      const bool line = rest[1] == '/';
      const size_t end = line ? text.find('\n', i) : text.find("*/", i + 2);
      if (!line && end == text.npos) return std::nullopt;
      code += ' ';
      if (end == text.npos) break;
      i = line ? end - 1 : end + 1;
      continue;
    }
    if (rest[0] == '\'' && i > 0 && is_word(i - 1)) {  // 1'000
      if (!is_word(i + 1)) return std::nullopt;
    } else if (rest[0] == '"' || rest[0] == '\'') {
      const size_t end = EndOfLiteral(text, i);
      if (end == text.npos) return std::nullopt;
      code += text.substr(i, end - i);
      i = end;
    }
    code += text[i];
  }
  return code;
}

}  // namespace

std::optional<Failure> ScanSource(const std::string& source) {
  const std::string plain = WithoutComments(source).value_or(source);
  for (const std::string_view line : Split(plain, '\n')) {
    const std::string_view text = Trim(line);
    const std::string_view directive = Directive(text);
    if (directive.starts_with("include")) {
      if (NamesNoFile(directive))
        return Tampering("includes a file whose name a macro makes", text);
      const std::string_view file = IncludedFile(directive);
      if (file.starts_with("/") || file.find("..") != file.npos ||
          file.find("reference.h") != file.npos)
        return Tampering("includes a file that is not its own", text);
    }
    if (text.find(".incbin") != text.npos || directive.starts_with("embed"))
      return Tampering("embeds a file at build time", text);
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker
