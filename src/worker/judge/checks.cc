#include "worker/judge/checks.h"

#include <algorithm>

#include "base/check.h"
#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker {

const std::vector<CheckInfo>& AllChecks() {
  static const std::vector<CheckInfo> kChecks = {
      {Check::kBuildScan, "build_scan", "G1",
       "the source includes or embeds no file but its own and abi.h"},
      {Check::kLibraryAllowList, "library_allow_list", "G1",
       "the artefact needs no library that does the work for it"},
      {Check::kPoison, "poison", "G2", "every output element is written"},
      {Check::kCompare, "compare", "G3",
       "every output element is within the error bound"},
      {Check::kNonfinite, "nonfinite", "G3",
       "NaN and infinities stand where the reference has them"},
      {Check::kErrorRatio, "error_ratio", "G3",
       "errors are no larger than plain code of the same precision makes"},
      {Check::kCanaries, "canaries", "G2",
       "the bytes around outputs and workspace stay as they were"},
      {Check::kFpEnvironment, "fp_environment", "G4",
       "rounding and flush-to-zero are left as they were"},
      {Check::kProcessState, "process_state", "G4",
       "signals, timers, limits and memory of the caller are left as they were"},
      {Check::kLateWrites, "late_writes", "G4",
       "outputs are complete the moment the call says that it is done"},
      {Check::kIdleWrites, "idle_writes", "G4",
       "nothing is written between calls"},
      {Check::kIdleCpu, "idle_cpu", "G4", "no CPU time is used between calls"},
      {Check::kGrowth, "growth", "G4", "memory does not grow from call to call"},
      {Check::kCallSweep, "call_sweep", "G4",
       "many calls at the same addresses stay right, and quick ones within bounds"},
      {Check::kNudge, "nudge", "G4",
       "one changed input element changes the output as it must"},
      {Check::kInputFamilies, "input_families", "G3",
       "structurally different inputs are handled as well, at listed shapes too"},
      {Check::kSpecialValues, "special_values", "G4",
       "NaN and infinities in the inputs propagate"},
      {Check::kHeldOutShapes, "held_out_shapes", "G3",
       "shapes of the domain that were never listed are handled as well"},
      {Check::kTwoWorlds, "two_worlds", "G4",
       "addresses, old memory contents and environment do not matter"},
      {Check::kTimedCompare, "timed_compare", "G6",
       "every output of every timed call is right"},
      {Check::kSpeedOfLight, "speed_of_light", "G6",
       "no time beats the measured roofs of this machine"},
      {Check::kFlushProof, "flush_proof", "G6",
       "a cold cache is shown to be cold"},
      {Check::kManyCores, "many_cores", "G4",
       "kernels with threads are as right when these run at once"},
      {Check::kSchedules, "schedules", "G4",
       "so they are with other numbers of threads, loop schedules and busy cores"},
      {Check::kClockClaim, "clock_claim", "G6",
       "the clock of the kernel's process agrees with the judge's"},
      {Check::kEarlyWork, "early_work", "G6",
       "no work is done beside the clock of a timed call, or it is added to its time"},
      {Check::kSanitizerMemory, "sanitizer_memcheck", "G5",
       "no access outside the memory of a call, nor to what has been freed"},
      {Check::kSanitizerRaces, "sanitizer_racecheck", "G5",
       "no hazard in a device's shared memory, no data race between threads of a CPU"},
      {Check::kSanitizerUnwritten, "sanitizer_initcheck", "G5",
       "on a device: no global memory is read before it is written"},
      {Check::kSanitizerBarriers, "sanitizer_synccheck", "G5",
       "on a device: barriers are used as they must be"},
      {Check::kShakenSchedule, "shaken_schedule", "G5",
       "on a device: blocks and warps that are out of step make the same"},
      {Check::kHostCode, "host_code", "G1",
       "on a device: what no plan can hold is run as host code (tier H)"},
      {Check::kOwnWork, "own_work", "G5",
       "on a device: host code is wrong without its own kernels"},
      {Check::kPanelAlone, "panel_alone", "G6",
       "on a device: baselines and empty calls are as quick beside host code as "
       "without it"},
  };
  return kChecks;
}

const CheckInfo& InfoOf(Check check) {
  for (const CheckInfo& info : AllChecks())
    if (info.check == check) return info;
  CHECK(false);
}

Result<CheckSet> CheckSet::Without(const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const CheckInfo& info : AllChecks()) known.push_back(info.name);
  CheckSet set;
  for (const std::string& name : names) {
    const auto it = std::find(known.begin(), known.end(), name);
    if (it == known.end())
      return BadInput(format("unknown check \"{}\"; known: {}",
                             Sanitize(name, 64), Join(known, ", ")));
    set.off_.insert(AllChecks()[static_cast<size_t>(it - known.begin())].check);
  }
  return set;
}

std::vector<std::string> CheckSet::disabled() const {
  std::vector<std::string> names;
  for (const CheckInfo& info : AllChecks())
    if (!on(info.check)) names.push_back(info.name);
  return names;
}

}  // namespace kernelevolve::worker
