#include "worker/gpu/judge/own_work.h"

#include "base/format.h"
#include "base/text.h"
#include "worker/gpu/judge/device_inputs.h"
#include "worker/gpu/judge/device_verify.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr int64_t kWarmTrial = 3000, kGhostTrial = 3001;

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

// Whether the outputs are right though the candidate's kernels did not run.
Result<bool> RightWithout(const GpuCorrectness::Parts& parts,
                          HostProcess& process, const PlannedKernel& kernel,
                          const ShapeCase& shape, const std::string& secret) {
  GpuSession session({parts.driver, parts.kernels, parts.task, parts.memory,
                      process}, World{});
  DeviceInputs inputs(parts.driver, parts.kernels, parts.task, secret);
  const ShapePlan* plan = kernel.For(shape);
  if (!plan) return false;
  ASSIGN_OR_RETURN(const auto refused, process.LeaveOutKernels());
  if (refused) return false;
  session.Place(shape, plan->workspace_bytes);
  InputCase input_case{shape, InputFamily::kDeclared, kWarmTrial};
  RETURN_IF_ERROR(inputs.Write(input_case, /*constants=*/true, parts.memory));
  ASSIGN_OR_RETURN(const auto unbound,
                   session.BindInPlace(shape, *plan, kernel.plan));
  if (unbound || process.claims().extension) return false;
  // Other values: what a buffer still holds of the calls before is wrong now.
  input_case.trial = kGhostTrial;
  RETURN_IF_ERROR(inputs.Write(input_case, /*constants=*/true, parts.memory));
  ASSIGN_OR_RETURN(const DeviceAnswer* answer,
                   parts.oracle.Answer(input_case, secret, parts.memory));
  RETURN_IF_ERROR(session.Poison(1));
  double ignored_ns = 0;
  ASSIGN_OR_RETURN(const auto failed,
                   session.Run(GpuCallLimit(parts.task, shape), &ignored_ns));
  if (failed) return false;
  Circumstances where;
  where.input_case = input_case;
  Evidence ignored;
  ASSIGN_OR_RETURN(const auto wrong,
                   VerifyOnDevice({parts.driver, parts.kernels, parts.task, session,
                                   *answer}, CheckSet(), where, &ignored));
  return !wrong;
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
  ASSIGN_OR_RETURN(const bool right,
                   RightWithout(parts, *process, kernel, *shape, secret));
  const HostClaims claims = process->claims();
  processes.Retire(1);
  if (right) return NotItsOwn(claims, shape->name);
  if (claims.extension)
    notes->push_back("whether the candidate's own kernels do the work was not "
                     "tried: they stand in a compiled extension");
  if (!claims.operations.empty())
    notes->push_back("torch computes a part of it: " +
                     Join(claims.operations, ", "));
  return std::nullopt;
}

}  // namespace kernelevolve::worker::gpu
