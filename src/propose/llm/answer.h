// What a model said, as a kernel: a whole file, edits of the parent's source,
// or parameter values alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "core/candidate.h"

namespace kernelevolve {

enum class AnswerKind { kWholeFile, kEdits, kParameters };
std::string_view AnswerKindName(AnswerKind kind);

struct Answer {
  AnswerKind kind = AnswerKind::kWholeFile;
  std::string source;          // the whole new source, whatever the kind
  ParameterValues parameters;  // complete for the declarations in `source`
  std::string plan;            // the model's one line on what is new; may be ""
};

// Why an answer is no kernel.
struct Complaint {
  std::string text;
  // What a judge, a compiler or another kernel has to say to it; may be "".
  std::string found = {};

  // As the model is told: what was found is data.
  std::string ToText() const;
};

// Strict: an answer that could be read in two ways is refused, not guessed at.
//
//   one fenced block with the whole file; or
//   blocks <<<<<<< SEARCH … ======= … >>>>>>> REPLACE, each SEARCH text found
//   exactly once in the parent's source; or
//   one block ```parameters with NAME = VALUE lines.
//
// `text` is hostile: nothing of it is trusted but its bytes. `parent` is null
// for a draft, which only a whole file can answer. `cut_off`: the model was
// stopped at its token limit.
tl::expected<Answer, Complaint> ParseAnswer(std::string_view text,
                                            const Candidate* parent,
                                            bool cut_off);

// A source that came another way than in an answer's text; `parent` as above.
tl::expected<Answer, Complaint> AnswerFromSource(std::string source,
                                                 AnswerKind kind,
                                                 const Candidate* parent);

// Whether a kernel has one in its language, comments not counted.
bool DefinesEntryPoint(const Candidate& candidate);

// What a kernel must define, as its language writes it.
std::string EntryPointOf(std::string_view language);

struct AnswerForm {
  std::string_view language;
  bool edits = false;  // of a parent's source are taken as well
  bool parameters = false;  // which the parent declares, likewise
  int64_t tokens = 0;  // where the answer is cut off
};
// As a prompt asks for it.
std::string AnswerInstructions(const AnswerForm& form);

}  // namespace kernelevolve
