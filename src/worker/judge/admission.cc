#include "base/format.h"
#include "base/digest.h"
#include "base/random.h"
#include "base/text.h"
#include "worker/judge/correctness.h"
#include "worker/judge/judge.h"
#include "worker/judge/trip.h"

namespace kernelevolve::worker {
namespace {

// Kernels that know nothing of the task: one that passes shows that the task
// asks for nothing. Each writes every output element.
constexpr const char* kNullPrelude = R"(
#include <kernelevolve/abi.h>
#include <string.h>
static int64_t count(const ke_tensor* t) {
  int64_t n = 1;
  for (int32_t i = 0; i < t->rank; ++i) n *= t->shape[i];
  return n;
}
static int64_t width(int32_t dtype) {
  static const int64_t bytes[] = {8, 4, 2, 2, 1, 1, 8, 4, 2, 1, 1, 1};
  return bytes[dtype];
}
)";

struct NullCandidate {
  const char* name;
  const char* body;  // of ke_run, for output `out` of n elements, w bytes each
};

constexpr NullCandidate kNullCandidates[] = {
    {"zeros", "memset(out->data, 0, n * w);"},
    {"ones",
     "for (int64_t i = 0; i < n; ++i)\n"
     "  if (out->dtype == KE_F32) ((float*)out->data)[i] = 1;\n"
     "  else if (out->dtype == KE_F64) ((double*)out->data)[i] = 1;\n"
     "  else { memset((char*)out->data + i * w, 0, w);"
     " ((char*)out->data)[i * w] = 1; }"},
    {"copy of an input",
     "const ke_tensor* in = 0;\n"
     "for (int32_t i = 0; i < call->n_inputs && !in; ++i)\n"
     "  if (call->inputs[i].dtype == out->dtype) in = &call->inputs[i];\n"
     "if (!in) memset(out->data, 0, n * w);\n"
     "else for (int64_t i = 0, m = count(in); i < n; ++i)\n"
     "  memcpy((char*)out->data + i * w, (char*)in->data + i % m * w, w);"},
};

std::string NullSource(const NullCandidate& candidate) {
  return format(
      "{}extern \"C\" int ke_run(const ke_call* call) {{\n"
      "  for (int32_t o = 0; o < call->n_outputs; ++o) {{\n"
      "    const ke_tensor* out = &call->outputs[o];\n"
      "    const int64_t n = count(out), w = width(out->dtype);\n"
      "    {}\n  }}\n  return 0;\n}}\n",
      kNullPrelude, candidate.body);
}

}  // namespace

Result<std::vector<wire::TaskFinding>> Judge::CheckTask(
    const wire::CheckTaskRequest& request) {
  std::vector<wire::TaskFinding> findings;
  wire::EvaluateRequest trial;
  trial.task = request.task;
  trial.target = request.target;
  trial.secret = Hex(SecretBytes(32));
  trial.candidate.language = request.target.language;
  const auto silent = [](const std::string&) {};
  for (const NullCandidate& candidate : kNullCandidates) {
    trial.candidate.source = NullSource(candidate);
    ASSIGN_OR_RETURN(const Evaluation evaluation, Evaluate(trial, silent));
    // For its values: a kernel that does nothing is also too fast to be true.
    const bool rejected = evaluation.status == VerdictStatus::kReject &&
                          evaluation.code != Code::kBuildFailed &&
                          evaluation.code != Code::kImpossibleSpeed;
    findings.push_back(
        {rejected, format("null candidate: {}", candidate.name),
         rejected ? format("rejected, as it must be ({})", CodeName(evaluation.code))
                  : format("WEAK_TASK: a kernel that writes {} passes",
                           candidate.name)});
  }
  ASSIGN_OR_RETURN(TaskContext* context,
                   contexts_.For(request.task, request.target));
  if (context->oracle->plain_library().empty()) return findings;
  // The reference itself, as a candidate would be judged.
  CorrectnessRun run(machine_, context->task, *context->oracle, trial.secret,
                     CheckSet());
  Evidence evidence;
  auto outcome = run.Run(context->oracle->plain_library(),
                         PlanCorrectness(context->task, request.target.device_kind,
                                         Stage::kFinal, trial.secret),
                         &evidence);
  if (!outcome) return Fail(outcome.error());
  findings.push_back(
      {!*outcome, "reference through the full protocol",
       *outcome ? format("{}: {}", CodeName((*outcome)->code), (*outcome)->message)
                : format("right: {} elements compared, worst error {:.2f} of the "
                         "allowance", evidence.elements_compared,
                         evidence.worst_share)});
  ASSIGN_OR_RETURN(wire::TaskFinding cost, CheckCost(trial, *context));
  findings.push_back(std::move(cost));
  findings.push_back({true, "error bound",
                      context->oracle->has_error_bound()
                          ? "propagated by the reference itself"
                          : "fixed ceilings: the template does not take "
                            "ke::with_error"});
  return findings;
}

// The stated cost is a bound that no kernel beats: the reference, at least, must
// not.
Result<wire::TaskFinding> Judge::CheckCost(const wire::EvaluateRequest& request,
                                           TaskContext& context) {
  const Task& task = context.task;
  if (!task.flops && !task.bytes)
    return wire::TaskFinding{true, "cost",
                             "none stated: results show no speed of light"};
  Trip trip{request, context, CheckSet(), request.secret,
            context.oracle->plain_library(), {}, {}};
  auto outcome = Time(trip);
  if (!outcome) return Fail(outcome.error());
  if (*outcome)
    return wire::TaskFinding{
        false, "cost",
        format("{}; [cost] states more work than the reference does",
               (*outcome)->message)};
  std::vector<std::string> shares;
  for (const ShapeResult& shape : trip.evaluation.shapes)
    shares.push_back(
        format("{:.2g} % at {}", 100 * shape.speed_of_light, shape.name));
  return wire::TaskFinding{
      true, "cost", "of the speed of light, the reference reaches " +
                        Join(shares, ", ")};
}

}  // namespace kernelevolve::worker
