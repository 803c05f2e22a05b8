#include "worker/gpu/judge/own_work.h"

#include "base/format.h"
#include "base/text.h"
#include "worker/gpu/judge/device_inputs.h"
#include "worker/gpu/judge/device_verify.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr int64_t kWarmTrial = 3000, kGhostTrial = 3001;
constexpr int kMostStandIns = 4;  // as the process keeps

std::string Names(const HostClaims& claims) {
  return claims.operations.empty() ? "torch" : Join(claims.operations, ", ");
}

Failure NotItsOwn(const HostClaims& claims, const std::string& shape) {
  if (claims.launches == 0)
    return {Code::kDelegation,
            format("launches no kernel of its own; {} does the work (shape {})",
                   Names(claims), shape), "own_work", ""};
  return {Code::kDecoy,
          format("the output is right without its own kernels: {} does the work "
                 "(shape {})", Names(claims), shape), "own_work", ""};
}

Failure OnlyCopies(const std::string& operation, const std::string& shape) {
  return {Code::kDecoy,
          format("its own kernels only copy what {} has made: {} returns the answer "
                 "without them (shape {})", operation, operation, shape),
          "own_work", ""};
}

const ShapeCase* Smallest(const Task& task, const PlannedKernel& kernel) {
  const ShapeCase* smallest = nullptr;
  int64_t fewest = 0;
  for (const ShapeCase& shape : kernel.shapes) {
    if (!task.FindShape(shape.name)) continue;
    int64_t elements = 0;
    for (const TensorSpec& output : task.outputs)
      elements += ElementCount(output, shape);
    if (smallest && elements >= fewest) continue;
    fewest = elements;
    smallest = &shape;
  }
  return smallest;
}

// A candidate whose kernels are not launched, in the process of the second world.
class Ghost {
 public:
  Ghost(const GpuCorrectness::Parts& parts, HostProcess& process,
        const ShapeCase& shape, const std::string& secret)
      : parts_(parts), process_(process), shape_(shape), secret_(secret),
        session_({parts.driver, parts.kernels, parts.task, parts.memory, process},
                 World{}),
        limit_(GpuCallLimit(parts.task, shape)) {}

  // False where it cannot be: then nothing is known.
  Result<bool> Begin(const PlannedKernel& kernel);
  // Whether the outputs are right though the candidate's kernels did not run.
  Result<bool> IsRight();
  // The operation of torch whose result is the only output, and all that the
  // candidate's kernels do is to copy it; "" if there is none. Ends the ghost.
  Result<std::string> CopiedOperation();

 private:
  // Of the outputs as they are.
  Result<bool> OutputsAreRight();

  const GpuCorrectness::Parts& parts_;
  HostProcess& process_;
  const ShapeCase& shape_;
  const std::string& secret_;
  GpuSession session_;
  const std::chrono::nanoseconds limit_;
  const DeviceAnswer* answer_ = nullptr;
  InputCase input_case_{shape_, InputFamily::kDeclared, kWarmTrial};
};

Result<bool> Ghost::Begin(const PlannedKernel& kernel) {
  DeviceInputs inputs(parts_.driver, parts_.kernels, parts_.task, secret_);
  const ShapePlan* plan = kernel.For(shape_);
  if (!plan) return false;
  ASSIGN_OR_RETURN(const auto refused, process_.LeaveOutKernels());
  if (refused) return false;
  session_.Place(shape_, plan->workspace_bytes);
  RETURN_IF_ERROR(inputs.Write(input_case_, /*constants=*/true, parts_.memory));
  ASSIGN_OR_RETURN(const auto unbound,
                   session_.BindInPlace(shape_, *plan, kernel.plan));
  if (unbound || process_.claims().extension) return false;
  // Other values: what a buffer still holds of the calls before is wrong now.
  input_case_.trial = kGhostTrial;
  RETURN_IF_ERROR(inputs.Write(input_case_, /*constants=*/true, parts_.memory));
  ASSIGN_OR_RETURN(answer_, parts_.oracle.Answer(input_case_, secret_, parts_.memory));
  return true;
}

Result<bool> Ghost::OutputsAreRight() {
  Circumstances where;
  where.input_case = input_case_;
  Evidence ignored;
  ASSIGN_OR_RETURN(const auto wrong,
                   VerifyOnDevice({parts_.driver, parts_.kernels, parts_.task,
                                   session_, *answer_},
                                  CheckSet(), where, &ignored));
  return !wrong;
}

Result<bool> Ghost::IsRight() {
  RETURN_IF_ERROR(session_.Poison(1));
  double ignored_ns = 0;
  ASSIGN_OR_RETURN(const auto failed, session_.Run(limit_, &ignored_ns));
  return failed ? Result<bool>(false) : OutputsAreRight();
}

Result<std::string> Ghost::CopiedOperation() {
  if (parts_.task.outputs.size() != 1) return std::string();
  RETURN_IF_ERROR(parts_.memory.Show(parts_.driver, parts_.task, /*constants=*/true));
  std::string operation;
  int number = 0;
  for (; number < kMostStandIns; ++number) {
    RETURN_IF_ERROR(session_.Poison(2));
    ASSIGN_OR_RETURN(const auto failed,
                     process_.StandIn(number, limit_, &operation));
    if (failed || operation.empty()) return std::string();
    ASSIGN_OR_RETURN(const bool right, OutputsAreRight());
    if (right) break;
  }
  if (number == kMostStandIns) return std::string();
  // Two calls, and kernels that are compiled now.
  constexpr auto kCompiling = std::chrono::seconds(60);
  bool copied = false;
  ASSIGN_OR_RETURN(const auto failed,
                   process_.Copies(number, 2 * limit_ + kCompiling, &copied));
  return failed || !copied ? std::string() : operation;
}

}  // namespace

Verdictless CheckOwnWork(const GpuCorrectness::Parts& parts,
                         HostProcesses& processes, const PlannedKernel& kernel,
                         const std::string& secret,
                         std::vector<std::string>* notes) {
  const ShapeCase* shape = Smallest(parts.task, kernel);
  if (!shape || !parts.oracle.on_device()) return std::nullopt;
  processes.Retire(1);  // it has run the candidate already
  ASSIGN_OR_RETURN(HostProcess* process, processes.Host(1, parts.memory));
  Ghost ghost(parts, *process, *shape, secret);
  ASSIGN_OR_RETURN(const bool began, ghost.Begin(kernel));
  bool right = false;
  if (began) {
    ASSIGN_OR_RETURN(right, ghost.IsRight());
  }
  const HostClaims claims = process->claims();
  std::string copied;
  if (began && !right && claims.launches > 0 && process->usable()) {
    ASSIGN_OR_RETURN(copied, ghost.CopiedOperation());
  }
  processes.Retire(1);
  if (right) return NotItsOwn(claims, shape->name);
  if (!copied.empty()) return OnlyCopies(copied, shape->name);
  if (claims.extension)
    notes->push_back("whether the candidate's own kernels do the work was not "
                     "tried: they stand in a compiled extension");
  if (!claims.operations.empty())
    notes->push_back("torch computes a part of it: " +
                     Join(claims.operations, ", "));
  return std::nullopt;
}

}  // namespace kernelevolve::worker::gpu
