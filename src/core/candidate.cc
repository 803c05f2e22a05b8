#include "core/candidate.h"

#include "base/digest.h"
#include "base/format.h"

namespace kernelevolve {
namespace {

// Lengths stand before contents, so that no two candidates spell the same text.
void AppendField(std::string& text, std::string_view field) {
  text += format("{}:", field.size());
  text += field;
}

}  // namespace

std::string Candidate::Id() const {
  std::string text;
  AppendField(text, language);
  AppendField(text, source);
  for (const auto& [name, value] : parameters) {
    AppendField(text, name);
    AppendField(text, value);
  }
  return HexDigest(text);
}

std::string ShortId(const std::string& id) { return id.substr(0, 12); }

}  // namespace kernelevolve
