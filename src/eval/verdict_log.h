// VerdictLog: what the judge said in a run, beside a recording of what the model
// said, so that the run can be played again without a device or a compiler.
//
//   {"verdicts": 1, "device": "…", "toolchain": "…", "facts": "…"}
//   {"candidate": ID, "stage": "search", "evaluation": {…}}
//   {"resumed": 12, "facts": "…"}
//   {"device": "…", "toolchain": "…"}
//
// "resumed" says that the run was interrupted and went on with so many kernels:
// what was judged before and is no node by then was judged again. The last names
// a judge that was not known when the file was begun.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "base/fd.h"
#include "base/file.h"
#include "base/json.h"
#include "eval/evaluator.h"

namespace kernelevolve {

struct VerdictHeader {
  std::string device, toolchain;
  std::string facts;  // of the device, as prompts tell them
};

// The file that belongs to a recording of a model's answers.
fs::path VerdictsOf(const fs::path& recording);

// Both do nothing where there is no such file. The run goes on with so many
// kernels, and its prompts tell these facts.
Status MarkResumed(const fs::path& path, int64_t nodes,
                   const std::string& facts);
// Who judges them.
Status NameJudge(const fs::path& path, const std::string& device,
                 const std::string& toolchain);

// Writes down what the evaluator inside answers. Thread-safe. A verdict that
// cannot be written is an error: a recording with holes is none.
class RecordingEvaluator : public Evaluator {
 public:
  // Appends to an existing file.
  static Result<std::unique_ptr<Evaluator>> Create(
      std::unique_ptr<Evaluator> inner, const fs::path& path,
      const VerdictHeader& header);
  Result<Evaluation> Evaluate(const EvaluationRequest& request,
                              const StopCondition& stop) override;

 private:
  RecordingEvaluator(std::unique_ptr<Evaluator> inner, Fd fd)
      : inner_(std::move(inner)), fd_(std::move(fd)) {}

  const std::unique_ptr<Evaluator> inner_;
  std::mutex mutex_;
  const Fd fd_;
};

// Answers from such a file. Thread-safe.
class ReplayEvaluator : public Evaluator {
 public:
  // A last line without its end is what a killed run left, and is skipped.
  static Result<std::unique_ptr<ReplayEvaluator>> Load(const fs::path& path);
  const VerdictHeader& header() const { return header_; }
  // The run that plays it goes on with so many kernels: first come the verdicts
  // of the recorded run's part that did. The facts that its prompts told.
  std::string GoOn(int64_t nodes);
  // kBadInput for a candidate that the search did not judge; INCONCLUSIVE where
  // only a later stage's verdict is missing. Judged more
  // than once: the verdicts in their order, the last for ever.
  Result<Evaluation> Evaluate(const EvaluationRequest& request,
                              const StopCondition& stop) override;

 private:
  using Key = std::tuple<std::string, Stage, bool>;
  struct Verdicts {
    std::vector<Evaluation> all;
    size_t next = 0;
  };
  // Candidate, stage, and whether it was only built.
  struct Part {
    std::string facts;
    std::map<Key, Verdicts> verdicts;
  };

  Status TakeLine(const Json& line);
  void BeginPart(int64_t nodes, const std::string& facts);
  Part& PartNow();
  Verdicts* Find(const Key& key);

  VerdictHeader header_;
  std::mutex mutex_;  // guards the positions
  std::map<int64_t, Part> parts_ = {{0, {}}};  // by the nodes that the run had
  int64_t nodes_ = 0;                          // of the run that plays
};

}  // namespace kernelevolve
