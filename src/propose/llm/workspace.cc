#include "propose/llm/workspace.h"

#include "base/text.h"
#include "propose/llm/edits.h"
#include "propose/llm/fenced_blocks.h"

namespace kernelevolve {
namespace {

// Models fence what they write, in arguments too.
std::string Unfenced(std::string_view source) {
  const FencedText split = SplitFences(source);
  const bool fenced = split.blocks.size() == 1 && Trim(split.prose).empty();
  return fenced ? split.blocks.front().text : std::string(source);
}

}  // namespace

std::string Workspace::Write(std::string_view source) {
  std::string text = Unfenced(source);
  if (!text.empty() && text.back() != '\n') text += '\n';
  // Against no parent: writing the parent back undoes edits, and may be.
  const auto checked = AnswerFromSource(text, AnswerKind::kWholeFile, nullptr);
  if (!checked) return checked.error().ToText();
  source_ = std::move(text);
  kind_ = AnswerKind::kWholeFile;
  return "";
}

std::string Workspace::Replace(const std::string& search,
                               const std::string& replace) {
  if (empty()) return "there is no kernel yet: write one with write_kernel";
  auto edited = ApplyEdits(source_, {{search, replace}});
  if (!edited) return edited.error().ToText();
  const auto checked = AnswerFromSource(*edited, kind_, nullptr);
  if (!checked) return checked.error().ToText();
  source_ = *std::move(edited);
  return "";
}

tl::expected<Answer, Complaint> Workspace::ToAnswer() const {
  if (empty())
    return tl::unexpected<Complaint>(
        Complaint{"there is no kernel yet: write one with write_kernel"});
  return AnswerFromSource(source_, kind_, parent_);
}

}  // namespace kernelevolve
