#include "worker/judge/session.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

#include "base/format.h"
#include "base/random.h"
#include "worker/judge/bulk.h"
#include "worker/judge/poison.h"
#include "worker/judge/scalar.h"
#include "worker/run/thread_hold.h"

namespace kernelevolve::worker {
namespace {

constexpr uint64_t kWorkspaceLimit = 1ull << 30;  // design: 1 GiB on a CPU lane
// Placement slack beyond the payload: alignment shift, canaries, rounding.
constexpr size_t kSlackBytes = 4 * kPageBytes;

size_t WidenedBytes(DType dtype, Widening widening) {
  if (!IsFloating(dtype) || widening == Widening::kNone)
    return static_cast<size_t>(DTypeBytes(dtype));
  return widening == Widening::kDouble ? sizeof(double) : 2 * sizeof(double);
}

size_t LargestBytes(const TensorSpec& tensor, const std::vector<ShapeCase>& shapes,
                    Widening widening) {
  size_t largest = 0;
  for (const ShapeCase& shape : shapes)
    largest = std::max(largest, static_cast<size_t>(ElementCount(tensor, shape)) *
                                    WidenedBytes(tensor.dtype, widening));
  return largest;
}

template <typename Visit>
void ForCanary(const Placement& place, Visit visit) {
  const size_t begin = place.offset > kCanaryBytes ? place.offset - kCanaryBytes : 0;
  for (size_t at = begin; at < place.offset; ++at) visit(at);
  const size_t end = std::min(place.mapped_bytes, place.end() + kCanaryBytes);
  for (size_t at = place.end(); at < end; ++at) visit(at);
}

// Of so many elements, any; every third time one of the last, as often the last few
// hundred as the last few thousand: what a call leaves for last is often a short
// tail. Not the very end, where who samples looks first.
int64_t AnyPlace(int64_t count, Random& random) {
  constexpr int64_t kEnd = 64;
  if (count <= 2 * kEnd || random.Below(3) != 0)
    return static_cast<int64_t>(random.Below(static_cast<uint64_t>(count)));
  const double span = std::log(static_cast<double>(count) / kEnd);
  const auto back =
      static_cast<int64_t>(kEnd * std::exp(span * random.Uniform()));
  return count - 1 - std::min(back, count - 1);
}

}  // namespace

Result<InputBuffers> InputBuffers::Create(const Task& task,
                                          const std::vector<ShapeCase>& shapes,
                                          Widening widening) {
  InputBuffers inputs;
  for (const TensorSpec& tensor : task.inputs) {
    ASSIGN_OR_RETURN(SharedBuffer buffer,
                     SharedBuffer::Create(
                         LargestBytes(tensor, shapes, widening) + kSlackBytes,
                         /*read_only_for_runner=*/true));
    inputs.buffers_.push_back(std::move(buffer));
  }
  return inputs;
}

Status Session::CreateBuffers() {
  for (const TensorSpec& tensor : options_.task->outputs) {
    ASSIGN_OR_RETURN(
        SharedBuffer buffer,
        SharedBuffer::Create(
            LargestBytes(tensor, options_.shapes, options_.widening) + kSlackBytes,
            /*read_only_for_runner=*/false));
    outputs_.push_back(std::move(buffer));
  }
  // Sparse: only the pages that are used take memory.
  ASSIGN_OR_RETURN(SharedBuffer workspace,
                   SharedBuffer::Create(kWorkspaceLimit + kSlackBytes,
                                        /*read_only_for_runner=*/false));
  workspace_ = std::move(workspace);
  return {};
}

Result<std::unique_ptr<Session>> Session::Start(
    Sandbox& sandbox, const SessionOptions& options,
    std::shared_ptr<InputBuffers> inputs, std::optional<Failure>* failure) {
  std::unique_ptr<Session> session(new Session());
  session->options_ = options;
  session->inputs_ = std::move(inputs);
  RETURN_IF_ERROR(session->CreateBuffers());
  RunnerOptions runner;
  runner.worker_binary = options.worker_binary;
  runner.library = options.library;
  runner.symbol = options.symbol;
  runner.optional_symbols = options.widening == Widening::kNone;
  runner.cpus = options.cpus;
  runner.spin = options.spin;
  runner.system_libraries = options.system_libraries;
  runner.limits.memory_bytes = options.memory_bytes;
  runner.environment = options.world.environment;
  runner.watched = options.world.watched;
  runner.asleep = options.world.many_cores || options.world.two_cores;
  runner.workspace = &*session->workspace_;
  for (const SharedBuffer& buffer : session->inputs_->buffers())
    runner.tensors.push_back(&buffer);
  for (const SharedBuffer& buffer : session->outputs_)
    runner.tensors.push_back(&buffer);
  ASSIGN_OR_RETURN(session->runner_,
                   RunnerProcess::Start(sandbox, runner, failure));
  return session;
}

size_t Session::HandedElementBytes(DType dtype) const {
  return WidenedBytes(dtype, options_.widening);
}

Verdictless Session::Enter(const ShapeCase& shape, const InputSet& inputs) {
  const auto& tensors = options_.task->inputs;
  const bool constants =
      std::any_of(tensors.begin(), tensors.end(),
                  [](const TensorSpec& tensor) { return tensor.constant; });
  const bool elsewhere =
      shape.dims != shape_.dims || shape.attributes != shape_.attributes;
  if (!bound_ || constants || elsewhere) return Bind(shape, inputs);
  shape_ = shape;  // another name, perhaps
  WriteInputs(inputs);
  return std::nullopt;
}

PlacementRule Session::RuleFor(bool output, size_t index) const {
  if (!options_.world.some_aligned) return options_.world.placement;
  const uint64_t bits = MixBits(options_.world.poison_seed + 64 * bindings_ + index);
  bool aligned = bits % 2 == 0;
  if (bindings_ % 3 != 0) aligned = output == (bindings_ % 3 == 1);
  return aligned ? PlacementRule::kAligned64 : options_.world.placement;
}

Verdictless Session::Bind(const ShapeCase& shape, const InputSet& inputs) {
  bound_ = true;
  ++bindings_;
  shape_ = shape;
  input_places_.clear();
  output_places_.clear();
  Binding binding;
  const auto add = [&](const TensorSpec& tensor, bool output) {
    TensorBinding bound;
    const size_t element = HandedElementBytes(tensor.dtype);
    bound.descriptor = kFirstTensorFd + static_cast<int>(binding.tensors.size());
    bound.place = Place(static_cast<size_t>(ElementCount(tensor, shape)) * element,
                        element, RuleFor(output, binding.tensors.size()));
    const bool widened =
        IsFloating(tensor.dtype) && options_.widening != Widening::kNone;
    bound.dtype = static_cast<int32_t>(widened ? DType::kF64 : tensor.dtype);
    bound.shape = Extents(tensor, shape);
    bound.output = output;
    bound.constant = tensor.constant;
    (output ? output_places_ : input_places_).push_back(bound.place);
    binding.tensors.push_back(std::move(bound));
  };
  for (const TensorSpec& tensor : options_.task->inputs) add(tensor, false);
  for (const TensorSpec& tensor : options_.task->outputs) add(tensor, true);
  binding.attributes = options_.task->AttributeValues(shape);
  for (size_t i = 0; i < inputs.tensors.size(); ++i)
    WriteTensor(i, inputs.tensors[i]);
  return runner_->Prepare(binding, options_.world.placement, kWorkspaceLimit);
}

void Session::WriteTensor(size_t index, const std::vector<uint8_t>& raw) {
  const TensorSpec& tensor = options_.task->inputs[index];
  uint8_t* base = inputs_->buffers()[index].data();
  const Placement& place = input_places_[index];
  uint8_t* target = base + place.offset;
  constexpr uint8_t kOfNan = 0xff;  // in every format
  const bool nan = options_.world.nan_beside_inputs && IsFloating(tensor.dtype);
  ForCanary(place, [&](size_t at) {
    base[at] = nan ? kOfNan : CanaryByte(options_.world.poison_seed, at);
  });
  if (!IsFloating(tensor.dtype) || options_.widening == Widening::kNone) {
    std::memcpy(target, raw.data(), raw.size());
    return;
  }
  const int64_t count = ElementCount(tensor, shape_);
  auto* doubles = reinterpret_cast<double*>(target);
  if (options_.widening == Widening::kDouble) {
    WidenToDouble(tensor.dtype, raw.data(), count, doubles);
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    doubles[2 * i] = LoadScalar(tensor.dtype, raw.data(), i);
    doubles[2 * i + 1] = 0;  // inputs are exact
  }
}

void Session::WriteInputs(const InputSet& inputs) {
  for (size_t i = 0; i < inputs.tensors.size(); ++i)
    if (!options_.task->inputs[i].constant) WriteTensor(i, inputs.tensors[i]);
}

void Session::FillPoison(SharedBuffer& buffer, const Placement& place,
                         uint64_t seed, uint64_t pattern) {
  uint8_t* base = buffer.data();
  FillPattern(base + place.offset, place.bytes, pattern);
  ForCanary(place, [&](size_t i) { base[i] = CanaryByte(seed, i); });
}

void Session::Poison(uint64_t seed, bool keep_workspace) {
  canary_seed_ = MixBits(seed ^ options_.world.poison_seed);
  output_patterns_.clear();
  sample_.Clear();
  at_return_.clear();
  Random random(canary_seed_);
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const DType dtype = options_.task->outputs[i].dtype;
    output_patterns_.push_back(PoisonWord(dtype, MixBits(canary_seed_ + i + 1),
                                           options_.world.nan_poison));
    FillPoison(outputs_[i], output_places_[i], canary_seed_, output_patterns_[i]);
    sample_.Choose(Output(i), OutputElements(i),
                   static_cast<size_t>(DTypeBytes(dtype)), random);
  }
  if (keep_workspace)
    ForCanary(runner_->workspace(), [&](size_t at) {
      workspace_->data()[at] = CanaryByte(canary_seed_, at);
    });
  else
    FillPoison(*workspace_, runner_->workspace(), canary_seed_,
               PoisonWord(DType::kF32, canary_seed_, options_.world.nan_poison));
}

void Session::PoisonSome(uint64_t seed, Beside beside) {
  // Enough that one of them lies where a kernel does not look, and few enough
  // that a sample of the output rarely meets one.
  constexpr int64_t kOneIn = 64, kMost = 64;
  sample_.Clear();
  at_return_.clear();
  Random random(MixBits(seed ^ options_.world.poison_seed));
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const auto bytes =
        static_cast<size_t>(DTypeBytes(options_.task->outputs[i].dtype));
    const int64_t count = OutputElements(i);
    uint8_t* data = outputs_[i].data() + output_places_[i].offset;
    if (beside == Beside::kZeros)
      std::memset(data, 0, static_cast<size_t>(count) * bytes);
    for (int64_t k = 0; count > 0 && k < std::min(kMost, count / kOneIn + 1); ++k)
      std::memcpy(data + static_cast<size_t>(AnyPlace(count, random)) * bytes,
                  &output_patterns_[i], bytes);
    sample_.Choose(Output(i), count, bytes, random);
  }
}

Verdictless Session::Run(std::chrono::nanoseconds limit, CallReport* report) {
  RETURN_IF_FAILED(runner_->Arm());
  return Call(limit, report);
}

void Session::Seal(Random& random) {
  for (size_t i = 0; i < input_places_.size(); ++i) {
    const TensorSpec& tensor = options_.task->inputs[i];
    if (tensor.constant || options_.widening != Widening::kNone) continue;
    sealed_.Seal(inputs_->buffers()[i].data() + input_places_[i].offset,
                 ElementCount(tensor, shape_),
                 static_cast<size_t>(DTypeBytes(tensor.dtype)), random);
  }
}

Verdictless Session::Call(std::chrono::nanoseconds limit, CallReport* report) {
  sealed_.Open();
  return runner_->Call(limit, report, MailboxCommand::kRun,
                       [this] { sample_.Take(); });
}

Verdictless Session::RunHeld(const HeldCall& how, bool* was_held) {
  // Longer than the others need for the rest, once the call as a whole takes longer;
  // but no time in which a call could seem to hang.
  constexpr std::chrono::microseconds kLeast{1000}, kMost{20'000}, kToGoOn{300};
  const auto most = std::clamp<std::chrono::nanoseconds>(4 * how.delay, kLeast, kMost);
  ThreadHold hold(runner_->pid());
  hold.Begin(how.delay, most, how.bits);
  RETURN_IF_FAILED(runner_->Arm());
  sealed_.Open();
  CallReport report;
  return runner_->Call(how.limit + most, &report, MailboxCommand::kRun, [&] {
    for (size_t i = 0; i < outputs_.size(); ++i)
      at_return_.emplace_back(Output(i), Output(i) + output_places_[i].bytes);
    *was_held = hold.Release();
    // What it was at, it is at again now.
    if (*was_held) std::this_thread::sleep_for(kToGoOn);
  });
}

bool Session::WroteAfterReturn() const {
  for (size_t i = 0; i < at_return_.size(); ++i)
    if (std::memcmp(Output(i), at_return_[i].data(), at_return_[i].size()) != 0)
      return true;
  return sample_.Changed();
}

const uint8_t* Session::Output(size_t index) const {
  return outputs_[index].data() + output_places_[index].offset;
}

int64_t Session::OutputElements(size_t index) const {
  return ElementCount(options_.task->outputs[index], shape_);
}

uint64_t Session::PoisonPattern(size_t index) const {
  return output_patterns_[index];
}

std::optional<std::string> Session::BrokenCanary() const {
  const auto broken = [&](const SharedBuffer& buffer, const Placement& place) {
    bool differs = false;
    ForCanary(place, [&](size_t at) {
      differs |= buffer.data()[at] != CanaryByte(canary_seed_, at);
    });
    return differs;
  };
  for (size_t i = 0; i < outputs_.size(); ++i)
    if (broken(outputs_[i], output_places_[i]))
      return "output " + options_.task->outputs[i].name;
  if (broken(*workspace_, runner_->workspace())) return "the workspace";
  return std::nullopt;
}

std::vector<Session::Range> Session::OperandRanges() const {
  std::vector<Range> ranges;
  for (size_t i = 0; i < input_places_.size(); ++i)
    ranges.push_back({inputs_->buffers()[i].data() + input_places_[i].offset,
                      input_places_[i].bytes});
  for (size_t i = 0; i < output_places_.size(); ++i)
    ranges.push_back({outputs_[i].data() + output_places_[i].offset,
                      output_places_[i].bytes});
  ranges.push_back({workspace_->data() + runner_->workspace().offset,
                    runner_->workspace().bytes});
  return ranges;
}

}  // namespace kernelevolve::worker
