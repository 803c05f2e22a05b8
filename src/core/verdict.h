// The judge's vocabulary. Codes feed the next prompt and the store: naming a
// failure right is part of being right. docs/judge.md explains each.
#pragma once

#include <optional>
#include <string_view>

namespace kernelevolve {

enum class VerdictStatus { kAccept, kReject, kInconclusive, kHarnessError };

enum class Code {
  kOk,
  // Before anything runs.
  kContract, kBuildFailed, kBuildTamper, kNoDevice, kWeakTask,
  // The result is wrong.
  kWrongOutput, kOutputNotWritten, kNonfinite, kPrecision, kInputMutated,
  kAliasedOutput, kShapeOverfit, kInputOverfit,
  // The program is wrong.
  kOob, kUninit, kRace, kNondet, kCrash, kRunFailed, kLaunchFail, kGpuFault,
  kTimeout, kResource,
  // The measurement was gamed.
  kPhaseBranch, kReplay, kBatchSkip, kNoDeviceWork, kDelegation, kDecoy,
  kAsyncEscape, kDeferred, kClockTamper, kImpossibleSpeed, kResidency,
  kSabotage, kWarmupGaming,
  // The judge was attacked.
  kHarnessTamper, kResultForgery, kEarlyExit, kSandbox, kContamination,
  // We could not say: nothing here is the candidate's doing.
  kNoisy, kModelLost, kWorkerLost,
};

// What an interval of baseline / candidate says, with a margin
// (measure/decision.h).
enum class Decision { kFaster, kSlower, kSame, kInconclusive };

std::string_view StatusName(VerdictStatus status);  // "ACCEPT", …
std::string_view CodeName(Code code);               // "WRONG_OUTPUT", …
std::optional<VerdictStatus> ParseStatus(std::string_view name);
std::optional<Code> ParseCode(std::string_view name);
std::string_view DecisionName(Decision decision);   // "faster", …
std::optional<Decision> ParseDecision(std::string_view name);

}  // namespace kernelevolve
