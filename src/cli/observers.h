// The observers of `optimize`: a live block on a terminal, plain lines in a
// log, JSON lines for programs. Each belongs to the main thread.
#pragma once

#include <memory>

#include "base/clock.h"
#include "cli/console.h"
#include "cli/progress_text.h"
#include "cli/terminal.h"

namespace kernelevolve::cli {

class TerminalObserver : public Observer {
 public:
  TerminalObserver(Console& console, ProgressHeading heading);
  void OnStart(const RunStart& start) override;
  void OnNote(const std::string& text) override;
  void OnPhase(const RunProgress& progress) override;
  void OnNode(const Node& node, const RunProgress& progress) override;
  void OnBest(const Node& node, const RunProgress& progress) override;
  void OnStage(const Node& node, const Evaluation& evaluation,
               const RunProgress& progress) override;
  void OnTick(const RunProgress& progress) override;
  void OnDone(const RunSummary& summary) override;

 private:
  ProgressHeading heading_;
  LiveBlock block_;
};

// A line for each new best and each phase, and one at least every ten seconds.
class PlainObserver : public Observer {
 public:
  PlainObserver(Console& console, ProgressHeading heading);
  void OnStart(const RunStart& start) override;
  void OnNote(const std::string& text) override;
  void OnPhase(const RunProgress& progress) override;
  void OnNode(const Node& node, const RunProgress& progress) override;
  void OnBest(const Node& node, const RunProgress& progress) override;
  void OnStage(const Node& node, const Evaluation& evaluation,
               const RunProgress& progress) override;
  void OnTick(const RunProgress& progress) override;

 private:
  Console& console_;
  ProgressHeading heading_;
  double last_line_s_ = 0;
};

// One object a line: `event` is start, phase, node, best or stage; `done` is
// written by the command itself.
class JsonObserver : public Observer {
 public:
  explicit JsonObserver(Console& console) : console_(console) {}
  void OnStart(const RunStart& start) override;
  void OnNote(const std::string& text) override;
  void OnPhase(const RunProgress& progress) override;
  void OnNode(const Node& node, const RunProgress& progress) override;
  void OnBest(const Node& node, const RunProgress& progress) override;
  void OnStage(const Node& node, const Evaluation& evaluation,
               const RunProgress& progress) override;

 private:
  Console& console_;
};

}  // namespace kernelevolve::cli
