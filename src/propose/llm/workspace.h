// Workspace: the kernel that a model works on with tools, before it hands it
// in.
#pragma once

#include <string>
#include <string_view>

#include "propose/llm/answer.h"

namespace kernelevolve {

// Of one proposal, one thread. `parent` outlives it; null for a draft, which
// begins empty.
class Workspace {
 public:
  explicit Workspace(const Candidate* parent)
      : parent_(parent), source_(parent ? parent->source : "") {}

  // "", or what is wrong; then nothing has changed.
  std::string Write(std::string_view source);
  std::string Replace(const std::string& search, const std::string& replace);

  const std::string& source() const { return source_; }
  bool empty() const { return source_.empty(); }
  bool changed() const { return source_ != (parent_ ? parent_->source : ""); }
  // The kernel as it stands.
  tl::expected<Answer, Complaint> ToAnswer() const;

 private:
  const Candidate* const parent_;
  std::string source_;
  AnswerKind kind_ = AnswerKind::kEdits;
};

}  // namespace kernelevolve
