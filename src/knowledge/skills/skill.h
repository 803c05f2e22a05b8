// Skill: what a finished run taught, with the nodes that justify it. A document
// that a program wrote: it reaches a prompt only once a person has reviewed it.
// docs/knowledge.md describes the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/node.h"
#include "knowledge/docs/document.h"

namespace kernelevolve {

enum class SkillState { kProposed, kReviewed, kExpired };
std::string_view SkillStateName(SkillState state);
std::optional<SkillState> ParseSkillState(std::string_view name);

// One node that a skill rests on.
struct SkillEvidence {
  NodeId node = 0;
  Stage stage = Stage::kSearch;
  Code code = Code::kOk;  // why it was rejected
  double speedup = 0;     // of an accepted one, over the best baseline
  Interval interval{};
};

struct Skill {
  Document document;  // path "skills/NAME.md"
  SkillState state = SkillState::kProposed;
  std::string run, task, operator_family, target, device;
  std::vector<SkillEvidence> evidence;  // never empty
  std::string created, expires;         // days; the last is one of use
  std::string reviewer, reviewed;       // who, and the day; "" = nobody

  std::string name() const;  // of the file, without .md
};

inline constexpr const char* kSkillsFolder = "skills";  // of knowledge/

// What of a skill fits into a prompt, and one person's attention.
inline constexpr size_t kMaxSkillBody = 4 << 10;  // bytes
inline constexpr size_t kMaxSkillEvidence = 64;
inline constexpr size_t kMaxSkillField = 160;  // characters of a text in [skill]

// As of a day: marked as expired, or dated before it.
bool IsExpired(const Skill& skill, const std::string& today);

}  // namespace kernelevolve
