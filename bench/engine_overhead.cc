// bench_engine_overhead [NODES]: what the engine itself costs per node, with a
// judge that answers at once: search, proposals, store, best files, observers.
#include <cstdio>
#include <cstdlib>

#include "engine/testing/toy_run.h"

using namespace kernelevolve;

namespace {

// Prints the mean cost of the last thousand nodes, so that growth shows.
class Stopwatch : public Observer {
 public:
  explicit Stopwatch(const Clock& clock) : clock_(clock), start_(clock.Now()) {}
  void OnNode(const Node& node, const RunProgress&) override {
    if (node.id % 1000 != 0) return;
    std::printf("  %8lld nodes  %.3f ms per node\n",
                static_cast<long long>(node.id),
                MillisecondsSince(clock_, start_) / 1000);
    std::fflush(stdout);
    start_ = clock_.Now();
  }

 private:
  const Clock& clock_;
  Clock::TimePoint start_;
};

Status Measure(int jobs, int64_t nodes) {
  ASSIGN_OR_RETURN(const TempFolder folder, TempFolder::Create("overhead"));
  RETURN_IF_ERROR(WriteLargeToyData(folder.path() / "data"));
  OptimizeOptions options =
      ToyOptions(folder.path() / "data", folder.path() / "run");
  options.budget.nodes = nodes;
  options.jobs = jobs;
  FakeEvaluator evaluator(ToyLandscape);
  const SystemClock clock;
  Stopwatch stopwatch(clock);
  std::printf("%d in flight\n", jobs);
  const Clock::TimePoint start = clock.Now();
  ASSIGN_OR_RETURN(const RunSummary summary,
                   Optimize(options, ShareEvaluator(evaluator), stopwatch,
                            clock, StopCondition()));
  std::printf("  all: %.3f ms per node over %lld nodes\n",
              MillisecondsSince(clock, start) /
                  static_cast<double>(summary.nodes),
              static_cast<long long>(summary.nodes));
  options.resume = true;
  const Clock::TimePoint again = clock.Now();
  RETURN_IF_ERROR(Optimize(options, ShareEvaluator(evaluator), stopwatch, clock,
                           StopCondition()));
  std::printf("  resuming it: %.2f s\n", SecondsSince(clock, again));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t nodes = argc > 1 ? std::atoll(argv[1]) : 10'000;
  for (const int jobs : {1, 8})
    if (const Status status = Measure(jobs, nodes); !status) {
      std::fprintf(stderr, "%s\n", status.error().message.c_str());
      return 4;
    }
  return 0;
}
