#include "worker/profile/profiler.h"

#include <chrono>

#include "base/text.h"
#include "core/profile_bound.h"
#include "worker/profile/achieved.h"
#include "worker/profile/artefact_text.h"
#include "worker/profile/disassembly.h"
#include "worker/profile/hot_loops.h"
#include "worker/profile/remarks.h"

namespace kernelevolve::worker {
namespace {

using Steady = std::chrono::steady_clock;

constexpr const char* kEntry = "ke_run";
constexpr size_t kLostBytes = 300;

// Adds the time of its life to a phase.
class PhaseClock {
 public:
  explicit PhaseClock(double* milliseconds)
      : milliseconds_(milliseconds), start_(Steady::now()) {}
  ~PhaseClock() {
    *milliseconds_ +=
        std::chrono::duration<double, std::milli>(Steady::now() - start_)
            .count();
  }
  PhaseClock(const PhaseClock&) = delete;
  PhaseClock& operator=(const PhaseClock&) = delete;

 private:
  double* milliseconds_;
  Steady::time_point start_;
};

void Lose(const std::string& what, const Error& error, Profile* profile) {
  profile->lost.push_back(what + ": " + Sanitize(error.message, kLostBytes));
}

}  // namespace

Observation Profiler::Observe(const ProfileSubject& subject) const {
  ObservedCalls calls(machine_, context_.task, subject.secret, {});
  return calls.Run(subject.library,
                   context_.task.ShapesFor(context_.target.device_kind));
}

std::string Profiler::AskCompiler(const ProfileSubject& subject,
                                  Profile* profile) const {
  auto explained = ExplainBuild(machine_, subject.build);
  if (!explained) {
    Lose("remarks of the compiler", explained.error(), profile);
    return "";
  }
  profile->remarks =
      ReadRemarks(explained->remarks, SourceName(*subject.build.rule));
  return std::move(explained->listing);
}

void Profiler::ReadLoops(const ProfileSubject& subject,
                         const Observation& observation,
                         const std::string& listing, Profile* profile) const {
  const auto text = Disassemble(machine_, subject.library);
  if (!text) return Lose("hot loops", text.error(), profile);
  Disassembly code = ReadDisassembly(*text);
  Disassembly listed =
      ReadDisassembly(listing, SourceName(*subject.build.rule));
  if (SameCode(code, listed)) code = std::move(listed);
  auto loops = FindHotLoops(code, kEntry);
  RankBySamples(observation.samples, observation.library_samples, &loops);
  profile->loops = KeepHottest(loops);
}

void Profiler::Run(const ProfileSubject& subject,
                   Evaluation* evaluation) const {
  Profile profile;
  profile.full = subject.full;
  Observation observation;
  if (subject.full) {
    const Result<LaneHold> hold = lane_.Exclude();
    const PhaseClock clock(&evaluation->phases.profile);
    if (hold)
      observation = Observe(subject);
    else
      Lose("observed calls", hold.error(), &profile);
  }
  // A lane that cannot be shared is the next timing's error to report.
  const Result<LaneHold> hold = lane_.Share();
  const PhaseClock clock(&evaluation->phases.profile);
  const Task& task = context_.task;
  profile.roofs = RoofsForProfile(task, roofs_);
  profile.shapes =
      AchievedShares(task, evaluation->shapes, profile.roofs, observation);
  profile.bound = OverallBound(profile.shapes);
  profile.counters = MeanCounters(evaluation->shapes, observation);
  profile.lost.insert(profile.lost.end(), observation.lost.begin(),
                      observation.lost.end());
  const std::string listing =
      subject.full ? AskCompiler(subject, &profile) : "";
  ReadLoops(subject, observation, listing, &profile);
  const double all = static_cast<double>(observation.samples.size() +
                                         observation.library_samples);
  if (all > 0)
    profile.library_share =
        static_cast<double>(observation.library_samples) / all;
  evaluation->profile = std::move(profile);
}

}  // namespace kernelevolve::worker
