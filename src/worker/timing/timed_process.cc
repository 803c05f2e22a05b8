#include "worker/timing/timed_process.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <thread>

#include "base/check.h"
#include "base/format.h"
#include "worker/judge/correctness.h"
#include "worker/judge/idle_probe.h"
#include "worker/judge/scalar.h"
#include "worker/timing/operand_caches.h"

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

// How far two right outputs may be from each other on the whole: the ratio test
// of the exact comparison for both, or the bounds of all elements.
double RmsAllowance(const ExpectedOutput& expected) {
  if (expected.baseline_known)
    return 2 * (2 * expected.baseline_rms + 8 * UnitRoundoff(expected.dtype));
  double squares = 0;
  for (size_t i = 0; i < expected.exact.size(); ++i) {
    const double size = std::max(std::fabs(expected.exact[i]), expected.scale);
    const double share = expected.allowance[i] / std::max(size, 1e-300);
    if (std::isfinite(share)) squares += share * share;
  }
  const auto count = static_cast<double>(std::max<size_t>(1, expected.exact.size()));
  return 2 * std::sqrt(squares / count);
}

size_t CountThreads(pid_t pid) {
  std::error_code error;
  const fs::directory_iterator tasks(format("/proc/{}/task", pid), error);
  return error ? 1 : static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
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
  rms_allowance_ = relative_allowance_;
  reports_.assign(sides_.size(), {});
  threads_.assign(sides_.size(), 1);
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
  std::vector<Drawn> calls = {Draw(/*exact=*/true), Draw(/*exact=*/false)};
  RETURN_IF_ERROR(Grant(calls[0]));
  random_.Shuffle(calls);
  for (const Drawn& drawn : calls) RETURN_IF_FAILED(Half(active_, drawn, evidence));
  for (const size_t side : active_)
    threads_[side] = CountThreads(sides_[side]->process().pid());
  return std::nullopt;
}

TimedProcess::Drawn TimedProcess::Draw(bool exact) {
  Drawn drawn{exact, {shape_, InputFamily::kDeclared, 0}, {}};
  drawn.input_case.trial = exact ? 2000 + exact_trial_++ : ++fresh_trial_;
  const InputGenerator& generator = exact ? exact_generator_ : fresh_generator_;
  drawn.inputs = generator.Draw(drawn.input_case);
  return drawn;
}

Status TimedProcess::Grant(const Drawn& drawn) {
  ASSIGN_OR_RETURN(const auto expected,
                   oracle_.Answer(drawn.input_case, drawn.inputs, options_.secret));
  for (size_t i = 0; i < expected->outputs.size(); ++i) {
    const ExpectedOutput& output = expected->outputs[i];
    relative_allowance_[i] =
        std::max(relative_allowance_[i], output.relative_allowance);
    rms_allowance_[i] = std::max(rms_allowance_[i], RmsAllowance(output));
  }
  return {};
}

Verdictless TimedProcess::LetThreadsRest() {
  constexpr auto kLongEnough = std::chrono::milliseconds(1);
  for (const size_t side : active_) {
    if (threads_[side] < 2) continue;
    RunnerProcess& process = sides_[side]->process();
    RETURN_IF_FAILED(process.Arm());
    std::this_thread::sleep_for(kLongEnough);
    CallReport ignored;  // it answers, and is paused, or has died
    RETURN_IF_FAILED(process.Call(std::chrono::seconds(5), &ignored,
                                  MailboxCommand::kNop));
  }
  return std::nullopt;
}

Verdictless TimedProcess::TimeOne(size_t side, Evidence* evidence) {
  Session& session = *sides_[side];
  session.Poison(random_.Next());
  session.Seal(random_);
  SettleOperands(session, options_.task->objective.cold_cache);
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
  reports_[side] = report;
  last_stop_ = std::chrono::steady_clock::now();
  if (side == 0)
    evidence->kernel_ms += static_cast<double>(report.elapsed.count()) * 1e-6;
  return std::nullopt;
}

void TimedProcess::SettleCalls(const std::vector<size_t>& called) {
  // From saying that it has stopped to leaving its core.
  constexpr auto kLeaving = std::chrono::microseconds(60);
  while (std::chrono::steady_clock::now() < last_stop_ + kLeaving) {
  }
  for (const size_t side : called) {
    sides_[side]->process().Settle(&reports_[side]);
    if (side == 0)
      witness_.AddCandidate(reports_[side]);
    else
      witness_.AddBaseline(reports_[side]);
  }
}

Verdictless TimedProcess::Half(const std::vector<size_t>& order,
                               const Drawn& drawn, Evidence* evidence) {
  RETURN_IF_FAILED(LetThreadsRest());
  sides_[active_[0]]->WriteInputs(drawn.inputs);
  for (const size_t side : order) RETURN_IF_FAILED(TimeOne(side, evidence));
  ++evidence->calls;
  auto outcome = CheckHalf(drawn, evidence);
  if (outcome && *outcome) return Rename(**outcome);
  if (!outcome) return outcome;
  earlier_.push_back(Fingerprint(*sides_[0], *options_.task));
  SettleCalls(order);
  return outcome;
}

Verdictless TimedProcess::CheckHalf(const Drawn& drawn, Evidence* evidence) {
  if (!options_.checks.on(Check::kTimedCompare)) return std::nullopt;
  if (!drawn.exact) return CompareWithPanel(drawn, evidence);
  RETURN_IF_ERROR(Grant(drawn));
  ASSIGN_OR_RETURN(const auto expected,
                   oracle_.Answer(drawn.input_case, drawn.inputs, options_.secret));
  Circumstances where;
  where.input_case = drawn.input_case;
  where.during = ", in a timed call";
  return VerifyOutputs(*sides_[0], *options_.task, *expected, options_.checks,
                       where, evidence);
}

Verdictless TimedProcess::Arbitrate(const Drawn& drawn, size_t output,
                                    const PanelComparison& found,
                                    Evidence* evidence) {
  constexpr double kPlainlyWrong = 0.01;  // of the elements
  constexpr double kAsImprecise = 1.5;
  const TensorSpec& spec = options_.task->outputs[output];
  ASSIGN_OR_RETURN(const auto expected,
                   oracle_.Answer(drawn.input_case, drawn.inputs,
                                  options_.fresh_secret));
  Circumstances where;
  where.input_case = drawn.input_case;
  where.during = ", in a timed call";
  // The question is who is right, whatever is switched off.
  const CheckSet checks = found.wrong > 0 ? CheckSet() : options_.checks;
  auto failure = VerifyOutputs(*sides_[0], *options_.task, *expected, checks, where,
                               evidence);
  if (failure && found.wrong > 0)
    return Failure{Code::kWrongOutput,
                   format("right when checked, but {} of {} elements of {} are "
                          "wrong in a timed call at shape {}", found.wrong,
                          found.compared, spec.name, shape_.name),
                   InfoOf(Check::kTimedCompare).name, ""};
  if (failure) return failure;
  if (static_cast<double>(found.wrong) >
      kPlainlyWrong * static_cast<double>(found.compared))
    return Broken(format("baseline {} does not compute the reference at shape {}",
                         options_.panel[active_[1] - 1].name, shape_.name));
  // As far apart as that they may be; not to be asked of each call.
  rms_allowance_[output] =
      std::max(rms_allowance_[output], kAsImprecise * found.rms);
  return std::nullopt;
}

Verdictless TimedProcess::CompareWithPanel(const Drawn& drawn,
                                           Evidence* evidence) {
  const Session& trusted = *sides_[active_[1]];
  for (size_t i = 0; i < options_.task->outputs.size(); ++i) {
    const PanelComparison found = CompareOutputs(
        options_.task->outputs[i].dtype, sides_[0]->Output(i), trusted.Output(i),
        sides_[0]->OutputElements(i), relative_allowance_[i]);
    evidence->elements_compared += found.compared;
    if (found.wrong > 0 || found.rms > rms_allowance_[i])
      RETURN_IF_FAILED(Arbitrate(drawn, i, found, evidence));
  }
  if (options_.checks.on(Check::kLateWrites) && sides_[0]->WroteAfterReturn())
    return Failure{Code::kAsyncEscape,
                   format("an output was still being written after a timed call "
                          "at shape {} had said that it was done", shape_.name),
                   "late_writes", ""};
  if (options_.checks.on(Check::kCanaries))
    if (const auto broken = sides_[0]->BrokenCanary())
      return Failure{Code::kOob, "bytes beside " + *broken +
                     " were overwritten in a timed call", "canaries", ""};
  return std::nullopt;
}

Verdictless TimedProcess::Block(bool exact, bool without_last,
                                BlockTimes* times, Evidence* evidence) {
  // All in random order, then mirrored: who comes first finds a core that has
  // idled while inputs were drawn, so nobody may come first more often.
  std::vector<size_t> order = active_;
  if (without_last) order.pop_back();
  random_.Shuffle(order);
  const uint64_t exact_half = exact ? random_.Below(2) : 2;
  times->calls.assign(active_.size(), {});
  for (uint64_t half = 0; half < 2; ++half) {
    RETURN_IF_FAILED(Half(order, Draw(half == exact_half), evidence));
    for (size_t i = 0; i < order.size(); ++i) {  // as many come first in active_
      const CallReport& report = reports_[active_[i]];
      times->calls[i].push_back({static_cast<double>(report.elapsed.count()),
                                 static_cast<double>(report.early_cpu.count())});
    }
    std::reverse(order.begin(), order.end());
  }
  const auto mean = [&](size_t i) {
    const std::vector<ClockedCall>& calls = times->calls[i];
    return calls.empty() ? 0 : (calls[0].elapsed + calls[1].elapsed) / 2;
  };
  times->candidate = mean(0);
  times->baselines.clear();
  for (size_t i = 1; i < active_.size(); ++i) times->baselines.push_back(mean(i));
  return std::nullopt;
}

std::vector<size_t> TimedProcess::Threads() const {
  std::vector<size_t> threads;
  for (const size_t side : active_) threads.push_back(threads_[side]);
  return threads;
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
    RETURN_IF_FAILED(Block(/*exact=*/false, /*without_last=*/false, &ignored,
                           &uncounted));
  }
  return witness_.Judge(options_.checks);
}

Verdictless TimedProcess::Drain() {
  if (auto failure = witness_.Judge(options_.checks)) {
    if (failure->check != InfoOf(Check::kEarlyWork).name) return *failure;
    RETURN_IF_FAILED(WitnessAgain());
  }
  return ProbeIdle(*sides_[0], options_.checks, IdleLook::kAtLittle);
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
