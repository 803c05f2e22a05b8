// The judge's checks by name. Each is one small unit that can be listed, and
// switched off to prove that something then slips through.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace kernelevolve::worker {

enum class Check {
  kBuildScan,
  kLibraryAllowList,
  kPoison,
  kCompare,
  kNonfinite,
  kErrorRatio,
  kCanaries,
  kFpEnvironment,
  kLateWrites,
  kIdleWrites,
  kIdleCpu,
  kTaskCount,
  kGrowth,
  kCallSweep,
  kNudge,
  kInputFamilies,
  kSpecialValues,
  kHeldOutShapes,
  kTwoWorlds,
  kTimedCompare,
  kSpeedOfLight,
  kFlushProof,
  kReturnClaim,
};

struct CheckInfo {
  Check check;
  std::string name;     // as on the command line and in results
  std::string gate;     // "G1" … "G7" of judge.md 2.1
  std::string summary;  // one line
};

const std::vector<CheckInfo>& AllChecks();
const CheckInfo& InfoOf(Check check);

// Which checks are on. All, unless names say otherwise.
class CheckSet {
 public:
  CheckSet() = default;
  // Unknown names are ignored here; the command line has refused them.
  explicit CheckSet(const std::vector<std::string>& disabled);
  bool on(Check check) const { return !off_.count(check); }
  std::vector<std::string> disabled() const;

 private:
  std::set<Check> off_;
};

}  // namespace kernelevolve::worker
