#include "core/target_set.h"

#include <algorithm>
#include <set>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {

Result<TargetSet> TargetSet::Make(std::vector<Target> targets) {
  if (targets.empty()) return BadInput("no target is named");
  std::set<std::string> languages;
  for (const Target& target : targets) {
    if (target.device != targets.front().device)
      return BadInput(
          format("{} and {}: a run is for one device, since kernels are "
                 "compared with each other",
                 targets.front().Name(), target.Name()));
    if (!languages.insert(target.language).second)
      return BadInput(format("{} is named twice", target.Name()));
  }
  TargetSet set;
  set.targets_ = std::move(targets);
  return set;
}

const Target& TargetSet::For(const std::string& language) const {
  const auto it = std::find_if(
      targets_.begin(), targets_.end(),
      [&](const Target& target) { return target.language == language; });
  return it == targets_.end() ? targets_.front() : *it;
}

std::vector<std::string> TargetSet::Languages() const {
  std::vector<std::string> languages;
  for (const Target& target : targets_) languages.push_back(target.language);
  return languages;
}

std::string TargetSet::Name() const {
  std::vector<std::string> names;
  for (const Target& target : targets_) names.push_back(target.Name());
  return Join(names, ",");
}

bool TargetSet::IsNamed(const std::string& name) const {
  const auto sorted = [](const std::string& text) {
    const std::vector<std::string_view> parts = Split(text, ',');
    return std::multiset<std::string_view>(parts.begin(), parts.end());
  };
  const std::string own = Name();
  return sorted(own) == sorted(name);
}

std::string TargetNameFor(const std::string& name,
                          const std::string& language) {
  for (const std::string_view part : Split(name, ','))
    if (part.starts_with(language + "@")) return std::string(part);
  return name;
}

}  // namespace kernelevolve
