#include "worker/profile/observed_calls.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/format.h"
#include "base/random.h"
#include "base/text.h"
#include "worker/judge/correctness.h"
#include "worker/profile/address_map.h"
#include "worker/profile/sampler.h"
#include "worker/timing/lane.h"
#include "worker/timing/operand_caches.h"

namespace kernelevolve::worker {
namespace {

using Steady = std::chrono::steady_clock;

uint64_t InodeOf(const fs::path& file) {
  struct stat info {};
  return stat(file.c_str(), &info) == 0 ? info.st_ino : 0;
}

}  // namespace

std::vector<ProfileCounter> PerCall(const std::vector<Counters::Value>& called,
                                    const std::vector<Counters::Value>& empty,
                                    int calls) {
  std::vector<ProfileCounter> counters;
  for (const Counters::Value& value : called) {
    double count = value.count;
    for (const Counters::Value& nothing : empty)
      if (nothing.name == value.name) count -= nothing.count;
    counters.push_back({value.name, std::max(0.0, count) / calls});
  }
  return counters;
}

Result<std::unique_ptr<Session>> ObservedCalls::StartSession(
    const fs::path& library, const std::vector<ShapeCase>& shapes,
    std::optional<Failure>* failure) {
  ASSIGN_OR_RETURN(InputBuffers inputs,
                   InputBuffers::Create(task_, shapes, Widening::kNone));
  SessionOptions options;
  options.task = &task_;
  options.shapes = shapes;
  options.library = library;
  options.world.placement = PlacementRule::kAligned64;
  options.worker_binary = machine_.worker_binary;
  options.cpus = machine_.lane_cpus;
  options.spin = machine_.spin;
  return Session::Start(*machine_.sandbox, options,
                        std::make_shared<InputBuffers>(std::move(inputs)),
                        failure);
}

void ObservedCalls::Lose(const std::string& line) {
  if (!std::count(seen_.lost.begin(), seen_.lost.end(), line))
    seen_.lost.push_back(line);
}

void ObservedCalls::Settle(Session& session) {
  session.Poison(1);
  SettleOperands(session, task_.objective.cold_cache);
}

template <typename Watch>
Verdictless ObservedCalls::CallOnce(Session& session, MailboxCommand command,
                                    Watch& watch) {
  RETURN_IF_FAILED(session.process().Arm());
  watch.Start();
  CallReport report;
  const auto limit = CallLimit(task_, session.shape());
  auto outcome = command == MailboxCommand::kRun
                     ? session.Call(limit, &report)
                     : session.process().Call(limit, &report, command);
  watch.Stop();
  return outcome;
}

bool ObservedCalls::Enough(Steady::time_point start, int calls) const {
  return calls >= plan_.most_calls ||
         Steady::now() - start > plan_.per_shape / 2;
}

Verdictless ObservedCalls::Count(Session& session, const ShapeCase& shape) {
  const pid_t pid = session.process().pid();
  int refusal = 0;
  Counters counters = Counters::Open(pid, HardwareCounters(), &refusal);
  if (refusal != 0)
    Lose((counters.empty() ? "cycles, instructions, cache, TLB and branch "
                             "misses: "
                           : "some of the counters: ") +
         ExplainRefusal(refusal, PerfEventParanoid()));
  if (counters.empty()) return std::nullopt;
  Counters empty = Counters::Open(pid, HardwareCounters(), &refusal);
  int calls = 0;
  for (const auto start = Steady::now(); !Enough(start, calls); ++calls) {
    Settle(session);
    RETURN_IF_FAILED(CallOnce(session, MailboxCommand::kRun, counters));
    RETURN_IF_FAILED(CallOnce(session, MailboxCommand::kNop, empty));
  }
  if (calls > 0)
    seen_.counters[shape.name] = PerCall(counters.Read(), empty.Read(), calls);
  return std::nullopt;
}

Verdictless ObservedCalls::Sample(Session& session, const fs::path& library) {
  const pid_t pid = session.process().pid();
  auto sampler = Sampler::Open(pid, plan_.sample_period);
  const auto maps = ReadFile(format("/proc/{}/maps", pid));
  if (!sampler || !maps) {
    const Error& error = sampler ? maps.error() : sampler.error();
    Lose("samples of where time goes: " + Sanitize(error.message, 200));
    return std::nullopt;
  }
  std::vector<uint64_t> addresses;
  int calls = 0;
  for (const auto start = Steady::now(); !Enough(start, calls); ++calls) {
    Settle(session);
    RETURN_IF_FAILED(CallOnce(session, MailboxCommand::kRun, *sampler));
    sampler->Drain(&addresses);
  }
  const SortedSamples sorted =
      SortSamples(addresses, ReadMaps(*maps), InodeOf(library),
                  InodeOf(machine_.worker_binary));
  seen_.samples.insert(seen_.samples.end(), sorted.inside.begin(),
                       sorted.inside.end());
  seen_.library_samples += sorted.elsewhere;
  return std::nullopt;
}

Verdictless ObservedCalls::Observe(const fs::path& library,
                                   const std::vector<ShapeCase>& shapes) {
  const PinnedThread pinned(machine_.judge_cpu);
  std::optional<Failure> failure;
  ASSIGN_OR_RETURN(const auto session, StartSession(library, shapes, &failure));
  if (failure) return failure;
  const InputGenerator generator(task_, secret_);
  for (const ShapeCase& shape : shapes) {
    const InputSet inputs = generator.Draw({shape, InputFamily::kDeclared, 0});
    RETURN_IF_FAILED(session->Bind(shape, inputs));
    RETURN_IF_FAILED(Count(*session, shape));
    RETURN_IF_FAILED(Sample(*session, library));
  }
  return std::nullopt;
}

Observation ObservedCalls::Run(const fs::path& library,
                               const std::vector<ShapeCase>& shapes) {
  seen_ = {};
  const auto outcome = Observe(library, shapes);
  if (!outcome)
    seen_.lost.push_back("observed calls: " +
                         Sanitize(outcome.error().message, 200));
  else if (*outcome)
    seen_.lost.push_back("the kernel failed while it was observed: " +
                         Sanitize((*outcome)->message, 200));
  return std::move(seen_);
}

}  // namespace kernelevolve::worker
