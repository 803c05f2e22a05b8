#include "search/testing/world_run.h"

#include <algorithm>
#include <set>

#include "base/check.h"

namespace kernelevolve {
namespace {

Outcome OutcomeOf(const WorldNode& node, const GeneratedWorld& world) {
  Outcome outcome;
  outcome.node = node.id;
  outcome.fitness = node.fitness;
  outcome.code = node.fitness > 0 ? Code::kOk : Code::kWrongOutput;
  outcome.space = world.space();
  outcome.parameters = node.candidate.parameters;
  return outcome;
}

// A proposer that knows the siblings looks for something new about so hard.
constexpr int kAttempts = 16;

class WorldRun {
 public:
  WorldRun(Search& search, const GeneratedWorld& world,
           const WorldRunOptions& options)
      : search_(search),
        world_(world),
        options_(options),
        order_(options.seed) {}

  std::vector<WorldNode> Run() {
    while (static_cast<int>(nodes_.size()) < options_.nodes) {
      FillSlots();
      if (slots_.empty()) break;
      FinishOne();
    }
    return std::move(nodes_);
  }

 private:
  void FillSlots() {
    const auto room = [&] {
      const size_t begun = nodes_.size() + slots_.size();
      return static_cast<int>(slots_.size()) < options_.jobs &&
             static_cast<int>(begun) < options_.nodes;
    };
    while (room()) {
      const std::optional<Step> step = search_.Ask();
      if (!step) return;
      Begin(*step);
    }
  }

  void Begin(const Step& step) {
    const WorldCandidate* parent = nullptr;
    if (step.parent > 0) {
      CHECK(step.parent <= static_cast<NodeId>(nodes_.size()));
      parent = &nodes_[static_cast<size_t>(step.parent) - 1].candidate;
    }
    WorldNode node;
    node.step = step;
    Step attempt = step;
    for (int i = 0; i < kAttempts; ++i, ++attempt.seed) {
      node.candidate = world_.Propose(attempt, parent);
      if (!seen_.insert(GeneratedWorld::Key(node.candidate)).second) continue;
      slots_.push_back(std::move(node));
      return;
    }
    search_.Abandon(step);
  }

  void FinishOne() {
    const auto slot = slots_.begin() +
                      static_cast<std::ptrdiff_t>(order_.Below(slots_.size()));
    WorldNode node = std::move(*slot);
    slots_.erase(slot);
    node.id = static_cast<NodeId>(nodes_.size()) + 1;
    node.fitness = world_.Measure(node.candidate);
    node.true_fitness = world_.TrueFitness(node.candidate);
    search_.Tell(node.step, OutcomeOf(node, world_));
    nodes_.push_back(std::move(node));
  }

  Search& search_;
  const GeneratedWorld& world_;
  const WorldRunOptions options_;
  Random order_;
  std::vector<WorldNode> nodes_, slots_;
  std::set<std::string> seen_;
};

}  // namespace

std::vector<WorldNode> RunOnWorld(Search& search, const GeneratedWorld& world,
                                  const WorldRunOptions& options) {
  return WorldRun(search, world, options).Run();
}

double TrueFitnessOfBest(const std::vector<WorldNode>& nodes, size_t count) {
  count = std::min(count, nodes.size());
  if (count == 0) return 0;
  return std::max_element(nodes.begin(),
                          nodes.begin() + static_cast<std::ptrdiff_t>(count),
                          [](const WorldNode& a, const WorldNode& b) {
                            return a.fitness < b.fitness;
                          })
      ->true_fitness;
}

}  // namespace kernelevolve
