#include "worker/gpu/judge/watched_call.h"

#include "worker/gpu/judge/plan_facts.h"
#include "worker/gpu/judge/sanitizers.h"

namespace kernelevolve::worker::gpu {
namespace {

// What a watched kernel, a hundred times slower, still ends on soon. Null if
// nothing is that small.
const ShapeCase* SmallShape(const Task& task, const CorrectnessPlan& plan) {
  constexpr int64_t kMostElements = 1 << 20;
  if (!plan.held_out.empty()) return &plan.held_out[0];
  const ShapeCase* smallest = nullptr;
  int64_t fewest = kMostElements + 1;
  for (const ShapeCase& listed : plan.listed) {
    int64_t elements = 0;
    for (const auto* tensors : {&task.inputs, &task.outputs})
      for (const TensorSpec& tensor : *tensors)
        elements += ElementCount(tensor, listed);
    if (elements >= fewest) continue;
    fewest = elements;
    smallest = task.FindShape(listed.name);
  }
  return smallest;
}

bool IsMemory(Check check) { return check == Check::kSanitizerMemory; }
bool IsRaces(Check check) { return check == Check::kSanitizerRaces; }

// The sanitizers of which `kept` is true, and no others.
template <typename Predicate>
CheckSet Only(Predicate kept, const CheckSet& checks) {
  std::vector<std::string> off = checks.disabled();
  for (const Sanitizer& sanitizer : AllSanitizers())
    if (!kept(sanitizer.check))
      off.push_back(InfoOf(sanitizer.check).name);
  return CheckSet::Without(off).value_or(checks);
}

std::optional<Failure> SanitizeAt(const ShapeCase* shape, const WatchedKernel& subject,
                                  const CheckSet& checks,
                                  std::vector<std::string>* notes) {
  const Task& task = subject.task;
  const std::string& secret = subject.request.secret;
  const ShapePlan* recorded = shape ? subject.kernel.For(*shape) : nullptr;
  if (!recorded) {
    NoteOnce("no sanitizer has watched the kernel: there is no small shape", notes);
    return std::nullopt;
  }
  const InputGenerator generator(task, secret);
  InputCase input_case;
  input_case.shape = *shape;
  const auto inputs = subject.oracle.HostInputs(input_case, generator, secret);
  return RunSanitizers({subject.machine, subject.device, task, *shape, *recorded,
                        subject.kernel.plan.modules, *inputs,
                        subject.driver_library},
                       checks, notes);
}

}  // namespace

std::optional<Failure> SanitizeKernel(const WatchedKernel& subject,
                                      const CheckSet& checks,
                                      std::vector<std::string>* notes) {
  const CorrectnessPlan plan = PlanCorrectness(
      subject.task, "gpu", subject.request.stage, subject.request.secret);
  const ShapeCase* small = SmallShape(subject.task, plan);
  // A pair or a vector that reaches beyond the end by less than what memory is aligned
  // to does so where the end is odd, and nothing else sees it.
  const ShapeCase* odd = plan.ragged ? &*plan.ragged : small;
  if (checks.on(Check::kSanitizerMemory))
    if (auto failure = SanitizeAt(odd, subject, Only(IsMemory, checks), notes))
      return failure;
  return SanitizeAt(small, subject,
                    Only([](Check check) { return !IsMemory(check); }, checks), notes);
}

Failure NameByHazards(const WatchedKernel& subject, const CheckSet& checks,
                      const Failure& wrong, std::vector<std::string>* notes) {
  if (wrong.code != Code::kWrongOutput || subject.kernel.host ||
      !checks.on(Check::kSanitizerRaces) ||
      !UsesSharedMemory(subject.kernel.plan))
    return wrong;
  auto hazard = SanitizeKernel(subject, Only(IsRaces, checks), notes);
  if (!hazard) return wrong;
  hazard->message += ". " + wrong.message;
  return *std::move(hazard);
}

}  // namespace kernelevolve::worker::gpu
