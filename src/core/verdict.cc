#include "core/verdict.h"

#include <array>
#include <utility>

#include "base/check.h"

namespace kernelevolve {
namespace {

template <typename T>
using Named = std::pair<T, std::string_view>;

constexpr std::array<Named<VerdictStatus>, 4> kStatuses = {{
    {VerdictStatus::kAccept, "ACCEPT"},
    {VerdictStatus::kReject, "REJECT"},
    {VerdictStatus::kInconclusive, "INCONCLUSIVE"},
    {VerdictStatus::kHarnessError, "HARNESS_ERROR"},
}};

constexpr std::array<Named<Code>, 44> kCodes = {{
    {Code::kOk, "OK"},
    {Code::kContract, "CONTRACT"},
    {Code::kBuildFailed, "BUILD_FAILED"},
    {Code::kBuildTamper, "BUILD_TAMPER"},
    {Code::kNoDevice, "NO_DEVICE"},
    {Code::kWeakTask, "WEAK_TASK"},
    {Code::kWrongOutput, "WRONG_OUTPUT"},
    {Code::kOutputNotWritten, "OUTPUT_NOT_WRITTEN"},
    {Code::kNonfinite, "NONFINITE"},
    {Code::kPrecision, "PRECISION"},
    {Code::kInputMutated, "INPUT_MUTATED"},
    {Code::kAliasedOutput, "ALIASED_OUTPUT"},
    {Code::kShapeOverfit, "SHAPE_OVERFIT"},
    {Code::kInputOverfit, "INPUT_OVERFIT"},
    {Code::kOob, "OOB"},
    {Code::kUninit, "UNINIT"},
    {Code::kRace, "RACE"},
    {Code::kNondet, "NONDET"},
    {Code::kCrash, "CRASH"},
    {Code::kRunFailed, "RUN_FAILED"},
    {Code::kLaunchFail, "LAUNCH_FAIL"},
    {Code::kGpuFault, "GPU_FAULT"},
    {Code::kTimeout, "TIMEOUT"},
    {Code::kResource, "RESOURCE"},
    {Code::kPhaseBranch, "PHASE_BRANCH"},
    {Code::kReplay, "REPLAY"},
    {Code::kBatchSkip, "BATCH_SKIP"},
    {Code::kNoDeviceWork, "NO_DEVICE_WORK"},
    {Code::kDelegation, "DELEGATION"},
    {Code::kDecoy, "DECOY"},
    {Code::kAsyncEscape, "ASYNC_ESCAPE"},
    {Code::kDeferred, "DEFERRED"},
    {Code::kClockTamper, "CLOCK_TAMPER"},
    {Code::kImpossibleSpeed, "IMPOSSIBLE_SPEED"},
    {Code::kResidency, "RESIDENCY"},
    {Code::kSabotage, "SABOTAGE"},
    {Code::kWarmupGaming, "WARMUP_GAMING"},
    {Code::kHarnessTamper, "HARNESS_TAMPER"},
    {Code::kResultForgery, "RESULT_FORGERY"},
    {Code::kEarlyExit, "EARLY_EXIT"},
    {Code::kSandbox, "SANDBOX"},
    {Code::kContamination, "CONTAMINATION"},
    {Code::kNoisy, "NOISY"},
    {Code::kModelLost, "MODEL_LOST"},
}};
constexpr std::array<Named<Decision>, 4> kDecisions = {{
    {Decision::kFaster, "faster"},
    {Decision::kSlower, "slower"},
    {Decision::kSame, "same"},
    {Decision::kInconclusive, "inconclusive"},
}};
// Stands apart so that the assertion proves the table complete.
constexpr Named<Code> kLast = {Code::kWorkerLost, "WORKER_LOST"};
static_assert(static_cast<size_t>(kLast.first) == kCodes.size());

template <typename T, size_t N>
std::optional<T> Find(const std::array<Named<T>, N>& table,
                      std::string_view name) {
  for (const auto& [value, text] : table)
    if (text == name) return value;
  return std::nullopt;
}

}  // namespace

std::string_view StatusName(VerdictStatus status) {
  const auto index = static_cast<size_t>(status);
  CHECK(index < kStatuses.size());
  return kStatuses[index].second;
}

std::string_view CodeName(Code code) {
  if (code == kLast.first) return kLast.second;
  const auto index = static_cast<size_t>(code);
  CHECK(index < kCodes.size());
  CHECK(kCodes[index].first == code);
  return kCodes[index].second;
}

std::optional<VerdictStatus> ParseStatus(std::string_view name) {
  return Find(kStatuses, name);
}

std::optional<Code> ParseCode(std::string_view name) {
  if (name == kLast.second) return kLast.first;
  return Find(kCodes, name);
}

std::string_view DecisionName(Decision decision) {
  const auto index = static_cast<size_t>(decision);
  CHECK(index < kDecisions.size());
  return kDecisions[index].second;
}

std::optional<Decision> ParseDecision(std::string_view name) {
  return Find(kDecisions, name);
}

}  // namespace kernelevolve
