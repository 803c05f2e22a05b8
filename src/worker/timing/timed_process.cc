#include "worker/timing/timed_process.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/format.h"
#include "worker/judge/correctness.h"
#include "worker/judge/idle_probe.h"
#include "worker/timing/cache.h"
#include "worker/timing/panel_compare.h"

namespace kernelevolve::worker {
namespace {

uint64_t SeedOf(const std::string& secret) {
  uint64_t seed = 0;
  std::memcpy(&seed, secret.data(), std::min(secret.size(), sizeof seed));
  return MixBits(seed);
}

// Some words of every output: enough to know a remembered one again, and far
// quicker than all.
uint64_t Fingerprint(const CallOutputs& outputs, const Task& task) {
  constexpr size_t kWords = 256;
  uint64_t print = 0;
  for (size_t i = 0; i < task.outputs.size(); ++i) {
    const auto bytes = static_cast<size_t>(outputs.OutputElements(i) *
                                           DTypeBytes(task.outputs[i].dtype));
    const size_t step = std::max<size_t>(1, bytes / kWords);
    for (size_t at = 0; at < bytes; at += step) {
      uint64_t word = 0;
      std::memcpy(&word, outputs.Output(i) + at,
                  std::min(sizeof word, bytes - at));
      print = MixBits(print ^ word);
    }
  }
  return print;
}

}  // namespace

TimedProcess::TimedProcess(const Machine& machine, Oracle& oracle,
                           const TimedProcessOptions& options)
    : machine_(machine),
      oracle_(oracle),
      options_(options),
      exact_generator_(*options.task, options.secret),
      fresh_generator_(*options.task, options.fresh_secret),
      random_(SeedOf(options.fresh_secret)),
      witness_(machine.spin) {}

Result<std::unique_ptr<Session>> TimedProcess::StartSide(
    const fs::path& library, bool trusted, std::optional<Failure>* failure) {
  SessionOptions options;
  options.task = options_.task;
  options.shapes = options_.shapes;
  options.library = library;
  options.world.placement = options_.placement;
  options.world.poison_seed = random_.Next();
  options.worker_binary = machine_.worker_binary;
  options.cpus = machine_.lane_cpus;
  options.spin = machine_.spin;
  options.system_libraries = trusted;
  return Session::Start(*machine_.sandbox, options, inputs_, failure);
}

Result<std::unique_ptr<TimedProcess>> TimedProcess::Start(
    const Machine& machine, Oracle& oracle, const TimedProcessOptions& options,
    std::optional<Failure>* failure) {
  std::unique_ptr<TimedProcess> process(new TimedProcess(machine, oracle, options));
  ASSIGN_OR_RETURN(InputBuffers inputs,
                   InputBuffers::Create(*options.task, options.shapes,
                                        Widening::kNone));
  process->inputs_ = std::make_shared<InputBuffers>(std::move(inputs));
  ASSIGN_OR_RETURN(auto candidate,
                   process->StartSide(options.candidate, false, failure));
  if (*failure) return process;
  process->sides_.push_back(std::move(candidate));
  for (const PanelMember& member : options.panel) {
    if (member.library.empty()) {  // takes no part in this round
      process->sides_.push_back(nullptr);
      continue;
    }
    std::optional<Failure> member_failure;
    ASSIGN_OR_RETURN(auto side,
                     process->StartSide(member.library, true, &member_failure));
    if (member_failure)
      return Broken(format("baseline {} does not load: {}", member.name,
                           member_failure->message));
    process->sides_.push_back(std::move(side));
  }
  return process;
}

Failure TimedProcess::PanelFailure(size_t side, const Failure& failure) const {
  const std::string& name = options_.panel[side - 1].name;
  return {failure.code, format("baseline {}: {}", name, failure.message),
          failure.check, failure.log};
}

Verdictless TimedProcess::Enter(const ShapeCase& shape,
                                const std::vector<size_t>& members,
                                Evidence* evidence) {
  shape_ = shape;
  active_ = {0};
  for (const size_t member : members) active_.push_back(member + 1);
  exact_trial_ = 0;  // the same answers for every candidate
  earlier_.clear();
  relative_allowance_.assign(options_.task->outputs.size(), 0);
  // Constants are drawn here for the whole stay at this shape.
  const InputSet inputs =
      exact_generator_.Draw({shape, InputFamily::kDeclared, 0});
  for (const size_t side : active_) {
    auto bound = sides_[side]->Bind(shape, inputs);
    if (!bound) return bound;
    if (*bound && side > 0)
      return Broken(PanelFailure(side, **bound).message);
    if (*bound) return bound;
  }
  // The oracle's answer comes first: it also grants the relative allowance.
  std::vector<double> ignored(sides_.size());
  for (int call = 0; call < 2; ++call)
    RETURN_IF_FAILED(Half(active_, /*exact=*/call == 0, &ignored, evidence));
  return std::nullopt;
}

Verdictless TimedProcess::TimeOne(size_t side, double* nanoseconds) {
  Session& session = *sides_[side];
  session.Poison(random_.Next());
  session.Seal(random_);
  for (const Session::Range& range : session.OperandRanges()) {
    if (options_.task->objective.cold_cache)
      FlushLines(range.data, range.bytes);
    else
      TouchLines(range.data, range.bytes);
  }
  // Awake as late as can be: what a process does before its clock runs is free.
  auto outcome = session.process().Arm();
  CallReport report;
  if (outcome && !*outcome)
    outcome = session.Call(CallLimit(*options_.task, shape_), &report);
  if (!outcome) return outcome;
  if (*outcome && side > 0) return Broken(PanelFailure(side, **outcome).message);
  if (*outcome) return outcome;
  if (side == 0)
    if (auto failure = JudgeReport(report, options_.checks)) return *failure;
  *nanoseconds += static_cast<double>(report.elapsed.count());
  if (side == 0)
    witness_.AddCandidate(report);
  else
    witness_.AddBaseline(report);
  return std::nullopt;
}

Verdictless TimedProcess::Half(const std::vector<size_t>& order, bool exact,
                               std::vector<double>* sums, Evidence* evidence) {
  InputCase input_case{shape_, InputFamily::kDeclared, 0};
  const InputGenerator& generator = exact ? exact_generator_ : fresh_generator_;
  input_case.trial = exact ? 2000 + exact_trial_++ : ++fresh_trial_;
  const InputSet inputs = generator.Draw(input_case);
  sides_[active_[0]]->WriteInputs(inputs);
  for (const size_t side : order) {
    double elapsed = 0;
    RETURN_IF_FAILED(TimeOne(side, &elapsed));
    (*sums)[side] += elapsed;
    if (side == 0) evidence->kernel_ms += elapsed * 1e-6;
  }
  ++evidence->calls;
  auto outcome = CheckHalf(exact, input_case, inputs, evidence);
  if (outcome && *outcome) return Rename(**outcome);
  if (outcome) earlier_.push_back(Fingerprint(*sides_[0], *options_.task));
  return outcome;
}

Verdictless TimedProcess::CheckHalf(bool exact, const InputCase& input_case,
                                    const InputSet& inputs, Evidence* evidence) {
  if (!options_.checks.on(Check::kTimedCompare) && !exact) return std::nullopt;
  if (exact) {
    ASSIGN_OR_RETURN(const auto expected,
                     oracle_.Answer(input_case, inputs, options_.secret));
    for (size_t i = 0; i < expected->outputs.size(); ++i)
      relative_allowance_[i] = std::max(relative_allowance_[i],
                                        expected->outputs[i].relative_allowance);
    if (!options_.checks.on(Check::kTimedCompare)) return std::nullopt;
    Circumstances where;
    where.input_case = input_case;
    where.during = ", in a timed call";
    return VerifyOutputs(*sides_[0], *options_.task, *expected, options_.checks,
                         where, evidence);
  }
  return CompareWithPanel(*sides_[active_[1]], input_case, evidence);
}

std::optional<Failure> TimedProcess::CompareWithPanel(const Session& trusted,
                                                      const InputCase& input_case,
                                                      Evidence* evidence) {
  for (size_t i = 0; i < options_.task->outputs.size(); ++i) {
    const TensorSpec& spec = options_.task->outputs[i];
    const PanelComparison result = CompareOutputs(
        spec.dtype, sides_[0]->Output(i), trusted.Output(i),
        sides_[0]->OutputElements(i), relative_allowance_[i]);
    evidence->elements_compared += result.compared;
    if (result.wrong == 0) continue;
    return Failure{Code::kWrongOutput,
                   format("right when checked, but {} of {} elements of {} are "
                          "wrong in a timed call at shape {}", result.wrong,
                          result.compared, spec.name, input_case.shape.name),
                   InfoOf(Check::kTimedCompare).name, ""};
  }
  if (options_.checks.on(Check::kLateWrites) && sides_[0]->WroteAfterReturn())
    return Failure{Code::kAsyncEscape,
                   format("an output was still being written after a timed call "
                          "at shape {} had said that it was done",
                          input_case.shape.name), "late_writes", ""};
  if (options_.checks.on(Check::kCanaries))
    if (const auto broken = sides_[0]->BrokenCanary())
      return Failure{Code::kOob, "bytes beside " + *broken +
                     " were overwritten in a timed call", "canaries", ""};
  return std::nullopt;
}

Verdictless TimedProcess::Block(bool exact, BlockTimes* times,
                                Evidence* evidence) {
  // All in random order, then mirrored: who comes first finds a core that has
  // idled while inputs were drawn, so nobody may come first more often.
  std::vector<size_t> order = active_;
  random_.Shuffle(order);
  std::vector<double> sums(sides_.size(), 0);
  RETURN_IF_FAILED(Half(order, exact, &sums, evidence));
  std::reverse(order.begin(), order.end());
  RETURN_IF_FAILED(Half(order, false, &sums, evidence));
  times->candidate = sums[0] / 2;
  times->baselines.clear();
  for (size_t i = 1; i < active_.size(); ++i)
    times->baselines.push_back(sums[active_[i]] / 2);
  return std::nullopt;
}

Failure TimedProcess::Rename(const Failure& failure) const {
  const Session& session = *sides_[0];
  if (earlier_.empty() || failure.check == "canaries") return failure;
  if (AllUntouched(session, *options_.task)) return SkippedCall(failure);
  const uint64_t now = Fingerprint(session, *options_.task);
  if (std::find(earlier_.begin(), earlier_.end(), now) == earlier_.end())
    return failure;
  return {Code::kReplay,
          "returned the output of an earlier call for new inputs. " +
              failure.message, failure.check, ""};
}

Verdictless TimedProcess::WitnessAgain() {
  constexpr int kBlocks = 8;
  witness_ = CallWitness(machine_.spin);
  for (int block = 0; block < kBlocks; ++block) {
    BlockTimes ignored;
    Evidence uncounted;
    RETURN_IF_FAILED(Block(/*exact=*/false, &ignored, &uncounted));
  }
  return witness_.Judge(options_.checks);
}

Verdictless TimedProcess::Drain() {
  if (auto failure = witness_.Judge(options_.checks)) {
    if (failure->check != InfoOf(Check::kEarlyWork).name) return *failure;
    RETURN_IF_FAILED(WitnessAgain());
  }
  return ProbeIdle(*sides_[0], options_.checks);
}

Result<double> TimedProcess::EmptyCallNs() {
  CHECK(active_.size() > 1);
  // On a trusted side: a candidate must not be able to raise it.
  RunnerProcess& process = sides_[active_[1]]->process();
  std::vector<double> calls;
  for (int i = 0; i < 15; ++i) {
    auto outcome = process.Arm();
    CallReport report;
    if (outcome && !*outcome)
      outcome = process.Call(std::chrono::seconds(2), &report, MailboxCommand::kNop);
    if (!outcome) return Fail(outcome.error());
    if (*outcome) return Broken("an empty call failed: " + (*outcome)->message);
    calls.push_back(static_cast<double>(report.elapsed.count()));
  }
  // The least: what a busy moment adds here would be taken from every time.
  return *std::min_element(calls.begin(), calls.end());
}

}  // namespace kernelevolve::worker
