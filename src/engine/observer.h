// Observer: what a run tells while it goes on. The progress block of the
// terminal, the JSON lines and the dashboard are implementations.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/node.h"
#include "core/prompt_record.h"

namespace kernelevolve {

// What the loop is doing.
enum class RunPhase { kSearch, kConfirm, kFinal };
std::string_view RunPhaseName(RunPhase phase);

struct RunProgress {
  RunPhase phase = RunPhase::kSearch;
  int64_t nodes = 0, accepted = 0;
  std::map<Code, int64_t> failures;  // of nodes that were not accepted
  int in_flight = 0;
  int phase_done = 0, phase_total = 0;  // candidates of confirm and final
  double elapsed_s = 0;    // earlier parts of a resumed run included
  double budget_used = 0;  // of the tightest limit, 0 to 1
  // The best by the stage that has seen it; search numbers only rank.
  NodeId best = 0;
  Stage best_stage = Stage::kSearch;
  double best_speedup = 0;
  Interval best_ci{};
  double best_speed_of_light = 0;
  // Share of the elapsed time in which the device was held for timing.
  double device_busy = 0;
  Spending spending;  // on models
};

struct RunSummary;

// What a run is, as its record has it: flags of a resumed one may say nothing.
struct RunStart {
  std::string run;
  int64_t resumed = 0;  // nodes that were there already
  std::string policy, proposer;
};

// Called from the campaign's thread only, one call at a time; must return
// quickly.
class Observer {
 public:
  virtual ~Observer() = default;
  // After start or resume.
  virtual void OnStart(const RunStart& start) { (void)start; }
  // Something to know before it goes on: one line.
  virtual void OnNote(const std::string& text) { (void)text; }
  virtual void OnPhase(const RunProgress& progress) { (void)progress; }
  virtual void OnNode(const Node& node, const RunProgress& progress) {
    (void)node, (void)progress;
  }
  // The node that now leads; comes after its OnNode or OnStage.
  virtual void OnBest(const Node& node, const RunProgress& progress) {
    (void)node, (void)progress;
  }
  // A confirm or final evaluation of an earlier node.
  virtual void OnStage(const Node& node, const Evaluation& evaluation,
                       const RunProgress& progress) {
    (void)node, (void)evaluation, (void)progress;
  }
  // About five times a second, so that clocks can be drawn.
  virtual void OnTick(const RunProgress& progress) { (void)progress; }
  virtual void OnDone(const RunSummary& summary) { (void)summary; }
};

}  // namespace kernelevolve
