// bench_store_search [nodes]: what store and search cost per node.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/format.h"
#include "search/search.h"
#include "search/testing/world_run.h"
#include "store/open_store.h"
#include "store/testing/sample_nodes.h"

namespace kernelevolve {
namespace {

struct Quantiles {
  double median, p99, max;
};

Quantiles Of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values[values.size() * 99 / 100],
          values.back()};
}

void Print(const char* what, const std::vector<double>& ms) {
  const auto [median, p99, max] = Of(ms);
  std::fputs(format("{:<34} median {:8.4f} ms   p99 {:8.4f} ms   max {:8.3f} "
                    "ms\n",
                    what, median, p99, max)
                 .c_str(),
             stdout);
}

void BenchStore(int nodes, const Clock& clock) {
  Result<TempFolder> folder = TempFolder::Create("bench-store");
  CHECK(folder.has_value());
  auto store = OpenStore(folder->path() / "run", OpenMode::kCreate);
  CHECK(store.has_value());
  CHECK((*store)->RecordRun(SampleRun()).has_value());
  std::vector<double> ms;
  for (NodeId id = 1; id <= nodes; ++id) {
    const Node node = SampleNode(id);
    const EvaluationKey key = SampleKey(node);
    const auto start = clock.Now();
    CHECK((*store)->RecordNode(node, key).has_value());
    ms.push_back(MillisecondsSince(clock, start));
  }
  Print("store: RecordNode", ms);
  std::vector<double> tail(ms.end() - std::min<std::ptrdiff_t>(nodes, 1000),
                           ms.end());
  Print("store: RecordNode, last 1000", tail);
  auto start = clock.Now();
  int count = 0;
  CHECK((*store)
            ->VisitNodes(0, [&](const Node&) { return ++count > 0; })
            .has_value());
  std::fputs(format("{:<34} {:.1f} ms for {} nodes\n", "store: VisitNodes",
                    MillisecondsSince(clock, start), count)
                 .c_str(),
             stdout);
  start = clock.Now();
  CHECK((*store)
            ->VisitOutlines(0, [&](const NodeOutline&) { return ++count > 0; })
            .has_value());
  std::fputs(format("{:<34} {:.1f} ms\n", "store: VisitOutlines",
                    MillisecondsSince(clock, start))
                 .c_str(),
             stdout);
  store->reset();
  start = clock.Now();
  CHECK(OpenStore(folder->path() / "run", OpenMode::kReadWrite).has_value());
  std::fputs(format("{:<34} {:.1f} ms\n", "store: open for --resume",
                    MillisecondsSince(clock, start))
                 .c_str(),
             stdout);
}

// Keeps what each Ask and Tell took.
class TimedSearch : public Search {
 public:
  TimedSearch(Search& search, const Clock& clock)
      : search_(search), clock_(clock) {}
  std::optional<Step> Ask() override {
    const auto start = clock_.Now();
    std::optional<Step> step = search_.Ask();
    ask_ms.push_back(MillisecondsSince(clock_, start));
    return step;
  }
  void Tell(const Step& step, const Outcome& outcome) override {
    const auto start = clock_.Now();
    search_.Tell(step, outcome);
    tell_ms.push_back(MillisecondsSince(clock_, start));
  }
  void Abandon(const Step& step) override { search_.Abandon(step); }
  void Correct(NodeId node, double fitness) override {
    search_.Correct(node, fitness);
  }
  SearchReport Report() const override { return search_.Report(); }

  std::vector<double> ask_ms, tell_ms;

 private:
  Search& search_;
  const Clock& clock_;
};

void BenchSearch(const std::string& policy, int nodes, const Clock& clock) {
  WorldOptions world_options;
  world_options.options = 8;
  world_options.parameters = 6;
  const GeneratedWorld world(world_options);
  SearchOptions options;
  options.policy = policy;
  auto search = MakeSearch(options);
  CHECK(search.has_value());
  TimedSearch timed(**search, clock);
  RunOnWorld(timed, world, {nodes, 4, 1});
  Print(format("search: {} Ask", policy).c_str(), timed.ask_ms);
  Print(format("search: {} Tell", policy).c_str(), timed.tell_ms);
}

}  // namespace
}  // namespace kernelevolve

int main(int argc, char** argv) {
  using namespace kernelevolve;
  const int nodes = argc > 1 ? std::max(1, std::atoi(argv[1])) : 10000;
  const SystemClock clock;
  BenchStore(nodes, clock);
  for (const std::string& policy : PolicyNames())
    BenchSearch(policy, nodes, clock);
  return 0;
}
