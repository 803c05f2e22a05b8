#include "worker/build/build_scan.h"

#include <cstring>

#include "base/text.h"
#include "worker/build/without_comments.h"

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

// Whether the next line goes on where this one ends. Compilers also splice where
// blanks of any kind follow the backslash.
bool EndsInSplice(std::string_view line) {
  const size_t last = line.find_last_not_of(std::string_view(" \t\r\f\v\0", 6));
  return last != line.npos && line[last] == '\\';
}

// Where comments are still in the text, only lines that are nothing else are left
// out, if no literal can hold them: what else looks like a comment to a scanner may
// be code to a compiler.
std::optional<Failure> ScanLines(const std::string& source) {
  const bool raw_strings = source.find("R\"") != source.npos;
  bool spliced = false;
  for (const std::string_view line : Split(source, '\n')) {
    const std::string_view text = Trim(line);
    const bool comment = text.starts_with("//") && !raw_strings && !spliced;
    spliced = EndsInSplice(line);
    if (comment) continue;
    const std::string_view directive = Directive(text);
    if (directive.starts_with("include")) {
      if (NamesNoFile(directive))
        return Tampering("includes a file whose name a macro makes", text);
      const std::string_view file = IncludedFile(directive);
      if (file.starts_with("/") || file.find("..") != file.npos ||
          file.find("reference.h") != file.npos ||
          file.find("with_error.h") != file.npos)
        return Tampering("includes a file that is not its own", text);
    }
    if (text.find(".incbin") != text.npos || directive.starts_with("embed"))
      return Tampering("embeds a file at build time", text);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Failure> ScanSource(const std::string& source) {
  const auto code = WithoutComments(source);
  return ScanLines(code ? *code : source);
}

}  // namespace kernelevolve::worker
