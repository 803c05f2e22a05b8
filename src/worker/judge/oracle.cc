#include "worker/judge/oracle.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"
#include "worker/judge/expected_file.h"
#include "worker/judge/scalar.h"

namespace kernelevolve::worker {
namespace {

// An oracle slower than this would rule the search; a broken one must not hang
// it.
constexpr auto kReferenceLimit = std::chrono::seconds(60);
constexpr size_t kRememberedBytes = 384u << 20;
// Design 4.1: |y - r| <= 8 sigma u + 2 u |r| + smallest normal.
constexpr double kSigmas = 8;

// A task may allow products of less precision than its dtype has.
double ContractRoundoff(const Task& task, DType dtype) {
  constexpr double kTf32 = 1.0 / 2048;
  return dtype == DType::kF32 && task.objective.precision == "tf32"
             ? kTf32 : UnitRoundoff(dtype);
}

std::string SymbolFor(Widening widening) {
  switch (widening) {
    case Widening::kNone: return "ke_run";
    case Widening::kDouble: return "ke_reference_f64";
    case Widening::kWithError: return "ke_reference_error";
  }
  return "";
}

bool AllFloatsAreF32(const Task& task) {
  const auto fits = [](const TensorSpec& tensor) {
    return !IsFloating(tensor.dtype) || tensor.dtype == DType::kF32;
  };
  return std::all_of(task.inputs.begin(), task.inputs.end(), fits) &&
         std::all_of(task.outputs.begin(), task.outputs.end(), fits);
}

// Whether what floats among the outputs holds less than a float, all of it.
bool IsNarrow(const Task& task) {
  int64_t floats = 0, narrow = 0;
  for (const TensorSpec& output : task.outputs) {
    if (!IsFloating(output.dtype)) continue;
    ++floats;
    narrow += UnitRoundoff(output.dtype) > UnitRoundoff(DType::kF32);
  }
  return floats > 0 && narrow == floats;
}

// The bound takes rounding errors for independent. They are not where a sum
// meets the same few values over and over: each addition then errs the same
// way. How far that goes the float baseline shows; another order of the sum may
// be as unlucky where the baseline was not.
void WidenForDependentErrors(InputFamily family, bool tight, ExpectedOutput& output) {
  constexpr double kOverBaseline = 2;
  const double of_repeated = tight ? 2 : 4;
  const bool repeated =
      family == InputFamily::kStructured || family == InputFamily::kSparse ||
      family == InputFamily::kSmallIntegers || family == InputFamily::kAllEqual ||
      family == InputFamily::kMixedRows ||
      family == InputFamily::kPatchy;
  const double factor = std::max(repeated ? of_repeated : 1.0,
                                 kOverBaseline * output.baseline_worst);
  if (factor <= 1) return;
  for (float& allowance : output.allowance)
    allowance = static_cast<float>(allowance * factor);
  output.baseline_max *= factor;
  output.baseline_rms *= factor;
}

bool HasHuge(InputFamily family) {
  return family == InputFamily::kOutlier || family == InputFamily::kMixedRows ||
         family == InputFamily::kUneven || family == InputFamily::kRising;
}

// A baseline may be exact by luck: where neighbours cancel, in its own order of
// the sum, and not where shares of a row have three or seven of them; where a few huge terms decide; and where there are but a few elements.
// Then what plain code usually errs, or may err, stands in for what it did.
void WidenForLuck(InputFamily family, ExpectedOutput& output) {
  constexpr size_t kFew = 64;
  double share = 0;  // of the allowance; an eighth is a sigma
  if (output.exact.size() < kFew) share = 1.0 / 8;
  if (HasHuge(family) || family == InputFamily::kCancelling) share = 1.0 / 4;
  const double usual = share * RelativeAllowance(output);
  output.baseline_max = std::max(output.baseline_max, usual);
  output.baseline_rms = std::max(output.baseline_rms, usual);
}

double LargestFiniteOf(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values)
    if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
  return largest;
}

// Where most inputs are zero, or terms are few, a sum is as exact as these are, in
// the definition's own order. What transforms its inputs first (Winograd's
// convolution, a Fourier transform), as tasks allow that leave open what becomes
// of infinities, leaves residues of their neighbours.
void WidenForResidues(InputFamily family, double roundoff, ExpectedOutput& output) {
  const bool transforms = output.nonfinite == NonFinite::kUnspecified;
  const bool sparse =
      family == InputFamily::kSparse || family == InputFamily::kPatchy;
  if (!sparse && !transforms) return;
  const double roundoffs = transforms ? 32 : 4;
  double size = output.scale;
  if (transforms && HasHuge(family))  // whose neighbours are huge
    size = std::max(size, LargestFiniteOf(output.exact));
  const auto least = static_cast<float>(roundoffs * roundoff * size);
  for (float& allowance : output.allowance) allowance = std::max(allowance, least);
}

size_t BytesOf(const Expected& expected) {
  size_t bytes = 0;
  for (const ExpectedOutput& output : expected.outputs)
    bytes += output.exact.size() * 12 + output.integers.size() +
             output.baseline.size();
  return bytes;
}

}  // namespace

Result<std::unique_ptr<Oracle>> Oracle::Create(const Machine& machine,
                                               const Task& task,
                                               const CompileRule& rule,
                                               Arbiter arbiter) {
  if (task.reference_cpp.empty())
    return Missing(format(
        "task {} has a PyTorch reference only; judging {} needs reference.cc "
        "([reference] cpp = \"reference.cc\")", task.name, "cpp targets"));
  const bool tight = arbiter == Arbiter::kLibrary && IsNarrow(task);
  std::unique_ptr<Oracle> oracle(new Oracle(machine, task, tight));
  RETURN_IF_ERROR(oracle->Build(rule));
  return oracle;
}

Oracle::Oracle(const Machine& machine, const Task& task, bool tight)
    : machine_(&machine), task_(&task), tight_(tight),
      // Bounds are kept beside answers.
      task_digest_(task.Digest() + (tight ? " tight" : "")) {}

Status Oracle::Build(const CompileRule& rule) {
  BuildRequest request;
  request.source = task_->files.at(task_->reference_cpp);
  request.rule = &rule;
  request.trusted = true;
  const bool plain =
      AllFloatsAreF32(*task_) && task_->objective.precision.empty();
  if (!plain) request.defines.push_back("KE_REFERENCE_NO_FLOAT");
  double roundoff = 0;
  for (const TensorSpec& output : task_->outputs)
    if (IsFloating(output.dtype))
      roundoff = std::max(roundoff, ContractRoundoff(*task_, output.dtype));
  if (roundoff > 0)
    request.defines.push_back(format("KE_REFERENCE_ROUNDOFF={:.17g}", roundoff));
  if (tight_) request.defines.push_back("KE_REFERENCE_NARROW");
  BuildResult built;
  auto outcome = machine_->builder->Build(request, &built);
  if (!outcome) return Fail(outcome.error());
  if (*outcome && (*outcome)->code == Code::kBuildFailed) {
    // Perhaps the template does not take the error-carrying type.
    request.defines.push_back("KE_REFERENCE_NO_ERROR");
    auto retry = machine_->builder->Build(request, &built);
    if (!retry) return Fail(retry.error());
    if (!*retry) {
      widening_ = Widening::kDouble;
      outcome = std::move(retry);
    }
  }
  if (*outcome)
    return BadInput(format(
        "{} of task {} does not build:\n{}", task_->reference_cpp, task_->name,
        ReplaceAll((*outcome)->log, "kernel" + rule.extension,
                   task_->reference_cpp)));
  library_ = built.library;
  if (plain) plain_library_ = built.library;
  return {};
}

Result<Session*> Oracle::SessionFor(const ShapeCase& shape, Widening widening) {
  Process& process = processes_[widening];
  const auto has_room = [&](const std::vector<TensorSpec>& tensors) {
    return std::all_of(tensors.begin(), tensors.end(), [&](const TensorSpec& t) {
      return std::any_of(process.shapes.begin(), process.shapes.end(),
                         [&](const ShapeCase& known) {
                           return ElementCount(t, known) >= ElementCount(t, shape);
                         });
    });
  };
  if (process.session && has_room(task_->inputs) && has_room(task_->outputs))
    return process.session.get();
  process.shapes.push_back(shape);
  SessionOptions options;
  options.task = task_;
  options.shapes = process.shapes;
  options.library = library_;
  options.symbol = SymbolFor(widening);
  options.widening = widening;
  options.world.placement = PlacementRule::kAligned64;
  options.worker_binary = machine_->worker_binary;
  options.spin = machine_->spin;
  ASSIGN_OR_RETURN(InputBuffers inputs,
                   InputBuffers::Create(*task_, process.shapes, widening));
  std::optional<Failure> failure;
  ASSIGN_OR_RETURN(process.session,
                   Session::Start(*machine_->sandbox, options,
                                  std::make_shared<InputBuffers>(std::move(inputs)),
                                  &failure));
  if (failure) {
    process.session.reset();
    return BadInput(format("the reference of task {}: {}", task_->name,
                           failure->message));
  }
  return process.session.get();
}

Verdictless Oracle::TryReference(const InputCase& input_case,
                                 const InputSet& inputs, Widening widening,
                                 Session** session) {
  ASSIGN_OR_RETURN(*session, SessionFor(input_case.shape, widening));
  auto outcome = (*session)->Enter(input_case.shape, inputs);
  if (outcome && !*outcome) {
    (*session)->Poison(1);
    CallReport report;
    outcome = (*session)->Run(kReferenceLimit, &report);
  }
  if (!outcome || *outcome) processes_.erase(widening);
  return outcome;
}

Status Oracle::RunReference(const InputCase& input_case, const InputSet& inputs,
                            Widening widening, Session** session) {
  auto outcome = TryReference(input_case, inputs, widening, session);
  // Somebody may have killed the process; what the reference does, it does again.
  if (outcome && *outcome && (*outcome)->code != Code::kTimeout)
    outcome = TryReference(input_case, inputs, widening, session);
  if (!outcome) return Fail(outcome.error());
  if (!*outcome) return {};
  return BadInput(format("the reference of task {} fails at shape {} with {} "
                         "inputs: {}\n{}", task_->name, input_case.shape.name,
                         FamilyName(input_case.family), (*outcome)->message,
                         (*outcome)->log));
}

ExpectedOutput Oracle::ReadExact(const Session& session, size_t index) const {
  const TensorSpec& spec = task_->outputs[index];
  const auto count = static_cast<size_t>(session.OutputElements(index));
  const uint8_t* data = session.Output(index);
  ExpectedOutput output;
  output.dtype = spec.dtype;
  output.nonfinite = spec.nonfinite;
  if (!IsFloating(spec.dtype)) {
    output.integers.assign(
        data, data + count * static_cast<size_t>(DTypeBytes(spec.dtype)));
    return output;
  }
  const double u = ContractRoundoff(*task_, spec.dtype);
  const bool with_error = widening_ == Widening::kWithError;
  const size_t stride = with_error ? 2 : 1;
  output.exact.resize(count);
  output.allowance.resize(count);
  for (size_t i = 0; i < count; ++i) {
    double pair[2] = {0, 0};
    std::memcpy(pair, data + i * stride * sizeof(double), stride * sizeof(double));
    output.exact[i] = pair[0];
    const double allowance = kSigmas * std::sqrt(pair[1]) * u +
                             2 * u * std::fabs(pair[0]) +
                             SmallestNormal(spec.dtype);
    output.allowance[i] =
        std::nextafterf(static_cast<float>(allowance), INFINITY);
  }
  return output;
}

void Oracle::ApplyTolerance(ExpectedOutput& output, const TensorSpec& spec) const {
  if (!IsFloating(spec.dtype)) return;
  double rtol = ErrorCeiling(spec.dtype), atol = rtol * output.scale;
  bool apply = !has_error_bound();
  for (const ToleranceOverride& override : task_->tolerances)
    if (override.output.empty() || override.output == spec.name) {
      rtol = override.rtol;
      atol = override.atol;
      apply = true;
      output.baseline_max = output.baseline_rms = INFINITY;  // no ratio test
    }
  if (!apply) return;
  for (size_t i = 0; i < output.exact.size(); ++i)
    output.allowance[i] =
        static_cast<float>(rtol * std::fabs(output.exact[i]) + atol);
}

Result<Expected> Oracle::Compute(const InputCase& input_case,
                                 const InputSet& inputs) {
  Expected expected;
  Session* session = nullptr;
  RETURN_IF_ERROR(RunReference(input_case, inputs, widening_, &session));
  for (size_t i = 0; i < task_->outputs.size(); ++i)
    expected.outputs.push_back(ReadExact(*session, i));
  if (!plain_library_.empty()) {
    RETURN_IF_ERROR(RunReference(input_case, inputs, Widening::kNone, &session));
    for (size_t i = 0; i < task_->outputs.size(); ++i) {
      const uint8_t* data = session->Output(i);
      const auto bytes = static_cast<size_t>(session->OutputElements(i) *
                                             DTypeBytes(task_->outputs[i].dtype));
      if (IsFloating(task_->outputs[i].dtype))
        expected.outputs[i].baseline.assign(data, data + bytes);
    }
  }
  for (size_t i = 0; i < task_->outputs.size(); ++i) {
    FinishBaseline(expected.outputs[i]);
    WidenForLuck(input_case.family, expected.outputs[i]);
    WidenForDependentErrors(input_case.family, tight_, expected.outputs[i]);
    WidenForResidues(input_case.family,
                     ContractRoundoff(*task_, task_->outputs[i].dtype),
                     expected.outputs[i]);
    ApplyTolerance(expected.outputs[i], task_->outputs[i]);
    expected.outputs[i].relative_allowance =
        RelativeAllowance(expected.outputs[i]);
  }
  return expected;
}

void Oracle::Remember(const std::string& key,
                      std::shared_ptr<const Expected> answer) {
  remembered_bytes_ += BytesOf(*answer);
  answers_[key] = std::move(answer);
  oldest_first_.push_back(key);
  while (remembered_bytes_ > kRememberedBytes && oldest_first_.size() > 1) {
    const auto oldest = answers_.find(oldest_first_.front());
    remembered_bytes_ -= BytesOf(*oldest->second);
    answers_.erase(oldest);
    oldest_first_.pop_front();
  }
}

Result<std::shared_ptr<const Expected>> Oracle::Answer(
    const InputCase& input_case, const InputSet& inputs, const std::string& key) {
  const std::string name = HexDigest(task_digest_ + "\n" + key + "\n" + input_case.Key());
  if (const auto known = answers_.find(name); known != answers_.end())
    return known->second;
  const fs::path file = machine_->scratch / "expected" / name;
  auto answer = std::make_shared<Expected>();
  if (auto stored = ReadExpectedFile(file, *task_)) {
    *answer = *std::move(stored);
  } else {
    ASSIGN_OR_RETURN(*answer, Compute(input_case, inputs));
    // Another worker on this machine may want the same; a full disk only means
    // that it computes it again.
    (void)WriteExpectedFile(file, *answer);
  }
  for (ExpectedOutput& output : answer->outputs)
    output.specials_given = HasSpecials(input_case.family);
  Remember(name, answer);
  return std::shared_ptr<const Expected>(answer);
}

}  // namespace kernelevolve::worker
