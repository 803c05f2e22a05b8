#include "fuzz_run.h"

#include <algorithm>

#include "base/format.h"
#include "mutator.h"

namespace kernelevolve::fuzz {
namespace {

constexpr uint64_t kTurns = 100;

// One target's part of a run.
class Part {
 public:
  Part(const Target& target, uint64_t inputs, const RunOptions& options,
       const Clock& clock, const BeforeInput& before)
      : target_(target), inputs_(inputs), from_(options.from),
        mutator_(target.seeds(), options.seed), clock_(clock), before_(before) {
    count_.target = target.name;
  }

  void Turn(uint64_t turn) {
    for (const uint64_t end = inputs_ * (turn + 1) / kTurns;
         count_.inputs < end; ++count_.inputs)
      Try(from_ + count_.inputs);
  }

  const TargetCount& count() const { return count_; }

 private:
  void Try(uint64_t number) {
    const std::string input = mutator_.Make(number);
    before_(target_, number);
    const Clock::TimePoint start = clock_.Now();
    count_.taken += target_.run(input);
    const double took = SecondsSince(clock_, start);
    count_.seconds += took;
    if (took <= count_.slowest_s) return;
    count_.slowest_s = took;
    count_.slowest = number;
  }

  const Target target_;
  const uint64_t inputs_, from_;
  const Mutator mutator_;
  const Clock& clock_;
  const BeforeInput& before_;
  TargetCount count_;
};

}  // namespace

Json ToJson(const TargetCount& count) {
  return {{"kind", "target"},
          {"target", count.target},
          {"inputs", count.inputs},
          {"taken", count.taken},
          {"seconds", count.seconds},
          {"slowest_ms", 1e3 * count.slowest_s},
          {"slowest", count.slowest}};
}

std::vector<TargetCount> Fuzz(const std::vector<Target>& targets,
                              const RunOptions& options, const Clock& clock,
                              const BeforeInput& before) {
  uint64_t shares = 0, given = 0, so_far = 0;
  for (const Target& target : targets)
    shares += static_cast<uint64_t>(target.share);
  std::vector<Part> parts;
  for (const Target& target : targets) {
    // Rounded so that they add up.
    so_far += static_cast<uint64_t>(target.share);
    const uint64_t until = options.inputs * so_far / shares;
    parts.emplace_back(target, until - given, options, clock, before);
    given = until;
  }
  const Clock::TimePoint start = clock.Now();
  for (uint64_t turn = 0; turn < kTurns; ++turn)
    for (Part& part : parts)
      if (options.seconds <= 0 || SecondsSince(clock, start) < options.seconds)
        part.Turn(turn);
  std::vector<TargetCount> counts;
  for (const Part& part : parts) counts.push_back(part.count());
  return counts;
}

std::string TotalLine(const std::vector<TargetCount>& counts, double seconds) {
  uint64_t inputs = 0;
  for (const TargetCount& count : counts) inputs += count.inputs;
  return format("{} inputs, {} targets, {:.0f} seconds, no crash", inputs,
                counts.size(), seconds);
}

}  // namespace kernelevolve::fuzz
