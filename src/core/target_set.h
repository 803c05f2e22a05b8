// TargetSet: the targets of one run: languages, all on one device.
#pragma once

#include <string>
#include <vector>

#include "core/target.h"

namespace kernelevolve {

// A value; never empty.
class TargetSet {
 public:
  // Implicit: most runs have one language.
  TargetSet(Target only = {}) { targets_.push_back(std::move(only)); }  // NOLINT
  // kBadInput: none, a language twice, or more than one device.
  static Result<TargetSet> Make(std::vector<Target> targets);

  const std::vector<Target>& all() const { return targets_; }
  const Target& first() const { return targets_.front(); }
  bool several() const { return targets_.size() > 1; }
  // Of a candidate's language; the first where no target has that.
  const Target& For(const std::string& language) const;
  const std::string& device() const { return first().device; }
  const std::string& device_kind() const { return first().device_kind; }

  std::vector<std::string> Languages() const;
  // "triton@sm_90,cuda@sm_90", as --target takes it and a run records it.
  std::string Name() const;
  // Whether `name` says the same targets, in whatever order.
  bool IsNamed(const std::string& name) const;

 private:
  std::vector<Target> targets_;
};

// Of the targets in a recorded name, that of a language; all of it where none
// is.
std::string TargetNameFor(const std::string& name, const std::string& language);

}  // namespace kernelevolve
