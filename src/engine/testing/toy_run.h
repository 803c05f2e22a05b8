// A run on a toy world: a real search over real recipes, in a real store, and a
// landscape in the judge's place. The best point is known.
#pragma once

#include <memory>

#include "engine/observer.h"
#include "engine/optimize.h"
#include "eval/testing/fake_evaluator.h"

namespace kernelevolve {

// A data folder whose recipes fit ToyTask(): "quick" with the options A in
// {0 … 4} and B in {0 … 2} and the parameters U, V in {1, 2, 4, 8, 16, 32}, so
// 540 points; and "plain" with nothing to choose.
Status WriteToyData(const fs::path& data);
// The same with two further options of ten values: 54,000 points.
Status WriteLargeToyData(const fs::path& data);

// Highest at A = 3, B = 1, U = 8, V = 4: there it is kToyBest. "plain" is 1.
Evaluation ToyLandscape(const EvaluationRequest& request);
inline constexpr double kToyBest = 64;

OptimizeOptions ToyOptions(const fs::path& data, const fs::path& run_folder);

// Hands out views of an evaluator that the test keeps.
ExecutorFactory ShareEvaluator(Evaluator& evaluator);

// Keeps what it was told.
class RecordingObserver : public Observer {
 public:
  void OnStart(const RunStart& start) override {
    run_name = start.run;
    resumed = start.resumed;
  }
  void OnPhase(const RunProgress& progress) override {
    phases.push_back(progress.phase);
  }
  void OnNode(const Node& node, const RunProgress& progress) override {
    nodes.push_back(node);
    last = progress;
  }
  void OnBest(const Node& node, const RunProgress& progress) override {
    bests.push_back(node.id);
    last = progress;
  }
  void OnStage(const Node& node, const Evaluation& evaluation,
               const RunProgress& progress) override {
    stages.push_back({node.id, evaluation.stage});
    last = progress;
  }
  void OnDone(const RunSummary& summary) override;

  std::string run_name;
  int64_t resumed = -1;
  std::vector<RunPhase> phases;
  std::vector<Node> nodes;
  std::vector<NodeId> bests;
  std::vector<std::pair<NodeId, Stage>> stages;
  RunProgress last;
  bool done = false;
};

}  // namespace kernelevolve
