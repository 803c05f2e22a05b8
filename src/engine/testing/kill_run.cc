#include "engine/testing/kill_run.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <thread>

#include "base/format.h"
#include "base/random.h"
#include "base/text.h"
#include "engine/finished_run.h"
#include "engine/testing/toy_run.h"
#include "process/child.h"
#include "store/open_store.h"

namespace kernelevolve {
namespace {

using std::chrono::milliseconds;

// One write per line: a killed process leaves whole lines or nothing.
void Announce(const std::string& line) {
  const std::string text = line + "\n";
  if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) ::_exit(1);
}

class AnnouncingEvaluator : public Evaluator {
 public:
  Result<Evaluation> Evaluate(const EvaluationRequest& request,
                              const StopCondition& stop) override {
    if (request.stage == Stage::kSearch)
      Announce("judge " + request.candidate.Id());
    std::this_thread::sleep_for(milliseconds(1));
    return landscape_.Evaluate(request, stop);
  }

 private:
  FakeEvaluator landscape_{ToyLandscape};
};

class AnnouncingObserver : public Observer {
 public:
  void OnNode(const Node& node, const RunProgress&) override {
    Announce(format("node {} {}", node.id, node.candidate.Id()));
  }
};

// What the children of all rounds said, in order.
class Protocol {
 public:
  void Read(const std::string& text) {
    for (std::string_view line : Split(text, '\n')) {
      const std::vector<std::string_view> words = Split(line, ' ');
      if (words.size() == 2 && words[0] == "judge")
        judged_again_ += recorded_.contains(std::string(words[1]));
      if (words.size() == 3 && words[0] == "node") {
        announced_[std::stoll(std::string(words[1]))] = words[2];
        recorded_.insert(std::string(words[2]));
      }
    }
  }
  void Compare(const std::vector<Node>& nodes, KillReport& report) const {
    std::map<NodeId, std::string> there;
    std::set<std::string> candidates;
    for (const Node& node : nodes) {
      there[node.id] = node.candidate.Id();
      report.twice += !candidates.insert(node.candidate.Id()).second;
    }
    for (const auto& [id, candidate] : announced_)
      report.lost += !there.contains(id) || there[id] != candidate;
    report.nodes = static_cast<int64_t>(nodes.size());
    report.announced = static_cast<int64_t>(announced_.size());
    report.judged_again = judged_again_;
  }

 private:
  std::map<NodeId, std::string> announced_;
  std::set<std::string> recorded_;
  int64_t judged_again_ = 0;
};

std::string ReadAll(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(got));
  return text;
}

}  // namespace

int RunToyChild(const fs::path& folder, int64_t nodes) {
  OptimizeOptions options = ToyOptions(folder / "data", folder / "run");
  // A child killed in its first moments leaves a folder without a run.
  options.resume = ReadRun(options.run_folder, folder / "data").has_value();
  options.budget.nodes = nodes;
  options.jobs = 3;
  AnnouncingEvaluator evaluator;
  AnnouncingObserver observer;
  const auto summary = Optimize(options, ShareEvaluator(evaluator), observer,
                                SystemClock(), StopCondition());
  if (summary) return 0;
  std::fprintf(stderr, "%s\n", summary.error().message.c_str());
  return 4;
}

Result<KillReport> KillAndResume(const KillOptions& options) {
  ASSIGN_OR_RETURN(const TempFolder folder, TempFolder::Create("kill"));
  RETURN_IF_ERROR(WriteLargeToyData(folder.path() / "data"));
  ChildSpec spec;
  spec.argv = options.child;
  spec.argv.push_back(folder.path().string());
  spec.argv.push_back(std::to_string(options.nodes));
  spec.error_log = folder.path() / "child.log";
  Random random(options.seed);
  Protocol protocol;
  KillReport report;
  for (bool finished = false; !finished;) {
    ASSIGN_OR_RETURN(Child child, Child::Start(spec));
    const bool last = report.kills == options.kills;
    // The last child is let run to its end, which closes its pipe.
    if (last)
      protocol.Read(ReadAll(child.output()));
    else
      std::this_thread::sleep_for(milliseconds(20 + random.Below(120)));
    const std::optional<ChildExit> exit =
        child.Wait(milliseconds(last ? 10'000 : 0));
    if (!exit && !last) {
      child.Kill();
      ++report.kills;
    }
    if (!last) protocol.Read(ReadAll(child.output()));
    if (exit && !exit->ok())
      return Broken("the run failed: " + ReadFile(spec.error_log).value_or(""));
    finished = exit.has_value() || last;
  }
  ASSIGN_OR_RETURN(const auto store,
                   OpenStore(folder.path() / "run", OpenMode::kReadOnly));
  ASSIGN_OR_RETURN(const std::vector<Node> nodes, store->FindNodes());
  protocol.Compare(nodes, report);
  return report;
}

}  // namespace kernelevolve
