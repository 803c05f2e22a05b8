#include "propose/llm/answer.h"

#include <vector>

#include "base/format.h"
#include "base/text.h"
#include "knowledge/language_style.h"
#include "propose/llm/edits.h"
#include "propose/llm/fenced_blocks.h"
#include "propose/llm/move_digest.h"
#include "propose/llm/untrusted.h"

namespace kernelevolve {
namespace {

constexpr size_t kMostSource = 256 << 10;
constexpr size_t kPlanBytes = 200;
constexpr std::string_view kPlanMark = "PLAN:";

using Parsed = tl::expected<Answer, Complaint>;

tl::unexpected<Complaint> Complain(std::string text) {
  return tl::unexpected<Complaint>(Complaint{std::move(text)});
}

// The line after PLAN:, or the first line of prose.
std::string PlanOf(std::string_view prose) {
  std::string first;
  for (const std::string_view raw : Split(prose, '\n')) {
    const std::string_view line = Trim(raw);
    if (line.starts_with(kPlanMark))
      return Shortened(line.substr(kPlanMark.size()), kPlanBytes);
    if (first.empty()) first = Shortened(line, kPlanBytes);
  }
  return first;
}

tl::expected<ParameterValues, Complaint> ParseAssignments(
    const std::string& text) {
  ParameterValues values;
  for (const std::string_view raw : Split(text, '\n')) {
    const std::string_view line = Trim(raw);
    if (line.empty()) continue;
    const size_t equals = line.find('=');
    const std::string name(Trim(line.substr(0, std::min(equals, line.size()))));
    if (equals == line.npos || name.empty())
      return Complain(format("parameters: found \"{}\", expected NAME = VALUE",
                             Sanitize(line, 100)));
    values[name] = std::string(Trim(line.substr(equals + 1)));
  }
  return values;
}

// The declarations of the source are the candidate's own contract: checked here
// so that the model hears of a slip before a node is spent on it.
Parsed WithParameters(Answer answer, const ParameterValues& chosen) {
  const auto space = ParseTuneSpace(answer.source);
  if (!space) return Complain(space.error().message);
  const auto complete = space->Complete(chosen);
  if (!complete) return Complain(complete.error().message);
  answer.parameters = *complete;
  return answer;
}

// The parent's values where the new source still takes them.
ParameterValues Inherited(const Candidate* parent, const std::string& source) {
  const auto space = ParseTuneSpace(source);
  ParameterValues kept;
  if (!parent || !space) return kept;
  for (const auto& [name, value] : parent->parameters) {
    ParameterValues trial = kept;
    trial[name] = value;
    if (space->Complete(trial)) kept = std::move(trial);
  }
  return kept;
}

Parsed FromParameters(const FencedBlock& block, const Candidate* parent) {
  if (!parent)
    return Complain("there is no kernel yet: answer with a whole file");
  auto values = ParseAssignments(block.text);
  if (!values) return tl::unexpected<Complaint>(values.error());
  ParameterValues chosen = parent->parameters;
  for (const auto& [name, value] : *values) chosen[name] = value;
  if (chosen == parent->parameters)
    return Complain("these are the parent's own parameter values");
  Answer answer;
  answer.kind = AnswerKind::kParameters;
  answer.source = parent->source;
  return WithParameters(std::move(answer), chosen);
}

Parsed FromSource(std::string source, AnswerKind kind,
                  const Candidate* parent) {
  if (source.size() > kMostSource)
    return Complain(format("the file has {} bytes; at most {} are taken",
                           source.size(), kMostSource));
  Answer answer;
  answer.kind = kind;
  answer.source = std::move(source);
  const ParameterValues kept = Inherited(parent, answer.source);
  return WithParameters(std::move(answer), kept);
}

bool DefinesEntryPoint(std::string_view source) {
  return source.find("ke_run") != source.npos ||
         source.find("def run(") != source.npos ||
         source.find("class ModelNew") != source.npos;
}

Parsed UnlessUnchanged(Parsed parsed, const Candidate* parent) {
  if (parsed && parent && parsed->source == parent->source &&
      parsed->parameters == parent->parameters)
    return Complain("this is the parent's kernel, unchanged");
  return parsed;
}

Parsed FromEdits(std::string_view text, const Candidate* parent) {
  if (!parent)
    return Complain("there is no kernel to edit: answer with a whole file");
  const auto edits = ParseEdits(text);
  if (!edits) return tl::unexpected<Complaint>(edits.error());
  auto source = ApplyEdits(parent->source, *edits);
  if (!source) return tl::unexpected<Complaint>(source.error());
  return FromSource(*std::move(source), AnswerKind::kEdits, parent);
}

std::string BlocksComplaint(const std::vector<FencedBlock>& blocks) {
  return format(
      "found {} fenced blocks; expected exactly one with the whole file, or "
      "edits",
      blocks.size());
}

tl::unexpected<Complaint> CutOff(const Candidate* parent) {
  return Complain(
      format("the answer ended at the token limit before the file did; answer "
             "with {} and nothing else",
             parent ? "a shorter file, or with edits," : "a shorter file"));
}

Parsed Read(std::string_view text, const Candidate* parent, bool cut_off,
            FencedText& split) {
  if (HoldsEdits(text)) return FromEdits(text, parent);
  split = SplitFences(text);
  // Short quotations beside the file are no second answer.
  std::vector<FencedBlock> kernels;
  for (const FencedBlock& block : split.blocks) {
    if (block.tag == "parameters") return FromParameters(block, parent);
    if (DefinesEntryPoint(block.text)) kernels.push_back(block);
  }
  if (kernels.size() > 1) return Complain(BlocksComplaint(kernels));
  const bool whole = !kernels.empty() && kernels.front().closed;
  if (cut_off && !whole) return CutOff(parent);
  if (kernels.empty())
    return Complain(split.blocks.empty()
                        ? "no fenced block found; put the whole file into one"
                        : "no fenced block defines the kernel's entry point");
  if (!whole)
    return Complain(
        "the fenced block is not closed: the file seems to be cut off");
  return FromSource(kernels.front().text, AnswerKind::kWholeFile, parent);
}

}  // namespace

std::string Complaint::ToText() const {
  constexpr size_t kFoundBytes = 2000;
  return found.empty()
             ? text
             : text + "\n" + Quoted("What was found", "text", found, kFoundBytes);
}

std::string_view AnswerKindName(AnswerKind kind) {
  switch (kind) {
    case AnswerKind::kWholeFile: return "whole file";
    case AnswerKind::kEdits: return "edits";
    case AnswerKind::kParameters: return "parameters";
  }
  return "";
}

tl::expected<Answer, Complaint> ParseAnswer(std::string_view text,
                                            const Candidate* parent,
                                            bool cut_off) {
  if (Trim(text).empty()) return Complain("the answer is empty");
  FencedText split;
  Parsed parsed = Read(text, parent, cut_off, split);
  if (!parsed) return parsed;
  parsed->plan = PlanOf(split.blocks.empty() ? text : split.prose);
  return UnlessUnchanged(std::move(parsed), parent);
}

tl::expected<Answer, Complaint> AnswerFromSource(std::string source,
                                                 AnswerKind kind,
                                                 const Candidate* parent) {
  if (!DefinesEntryPoint(source))
    return Complain("the source does not define the kernel's entry point");
  return UnlessUnchanged(FromSource(std::move(source), kind, parent), parent);
}

bool DefinesEntryPoint(const Candidate& candidate) {
  const std::string bare = BareSource(candidate.source, candidate.language);
  const auto holds = [&](const char* text) {
    return bare.find(text) != bare.npos;
  };
  return StyleOf(candidate.language).comment == "//"
             ? holds("ke_run(")
             : holds("def run(") || holds("class ModelNew");
}

std::string EntryPointOf(std::string_view language) {
  return StyleOf(language).comment == "//"
             ? "extern \"C\" int ke_run(const ke_call* call)"
             : "def run(...)";
}

std::string AnswerInstructions(const AnswerForm& form) {
  std::string text =
      "Answer with one line that begins with PLAN: and says what is new and "
      "why it should be faster, then ";
  text += form.edits ? "the kernel in one of these forms:\n1. the whole file"
                     : "the whole file";
  text += format(
      " in one fenced block: a line ```{} of its own, every line of the file "
      "from the first to the last, and a line ``` of its own. It stands alone: "
      "it {} what it uses and defines {}. Nothing of the file may be left out "
      "or stand for what was shown before.\n",
      form.language,
      StyleOf(form.language).comment == "//" ? "includes" : "imports",
      EntryPointOf(form.language));
  if (form.edits)
    text +=
        "2. edits of the kernel above; each SEARCH text must stand in it "
        "exactly once, character for character:\n"
        "<<<<<<< SEARCH\nold lines\n=======\nnew lines\n>>>>>>> REPLACE\n";
  if (form.edits && form.parameters)
    text += "3. other parameter values only:\n```parameters\nNAME = VALUE\n```\n";
  return text +
         format("The whole answer, whatever you think or say before the file "
                "included, has room for {} tokens. A file that does not end "
                "within them is lost: write one that does.\n",
                form.tokens);
}

}  // namespace kernelevolve
