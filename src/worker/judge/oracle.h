// Oracle: the exact answers. Runs the task's reference, instantiated in double
// with its error propagation, in a process of its own, and keeps the answers
// where no candidate can reach them.
#pragma once

#include <list>
#include <map>
#include <memory>

#include "worker/judge/comparison.h"
#include "worker/judge/machine.h"
#include "worker/judge/session.h"

namespace kernelevolve::worker {

// Who says whether a bound was too tight: a library, where one can be asked about a case
// in which a kernel of 16 bits or less is beyond it.
enum class Arbiter { kNone, kLibrary };

// One per task and worker; one thread at a time.
class Oracle {
 public:
  // Builds the reference. kBadInput (with the compiler's words) if it does not
  // compile: the task is at fault.
  static Result<std::unique_ptr<Oracle>> Create(const Machine& machine,
                                                const Task& task,
                                                const CompileRule& rule,
                                                Arbiter arbiter = Arbiter::kNone);

  // The answer for one case; from the cache if it is there. `inputs` must be
  // what the generator draws for `input_case`; `key` names both and the secret.
  Result<std::shared_ptr<const Expected>> Answer(const InputCase& input_case,
                                                 const InputSet& inputs,
                                                 const std::string& key);

  // False where the template does not take ke::with_error: the ceilings of
  // judge.md 2.3 bound the error then.
  bool has_error_bound() const { return widening_ == Widening::kWithError; }
  // Whether an arbiter is to be asked about what is beyond the bound.
  bool tight() const { return tight_; }
  // The float instantiation as a library: the baseline named `reference`.
  // Empty for tasks whose floating tensors are not all f32.
  const fs::path& plain_library() const { return plain_library_; }

 private:
  Oracle(const Machine& machine, const Task& task, bool tight);
  Status Build(const CompileRule& rule);
  Result<Expected> Compute(const InputCase& input_case, const InputSet& inputs);
  Result<Session*> SessionFor(const ShapeCase& shape, Widening widening);
  Verdictless TryReference(const InputCase& input_case, const InputSet& inputs,
                           Widening widening, Session** session);
  Status RunReference(const InputCase& input_case, const InputSet& inputs,
                      Widening widening, Session** session);
  ExpectedOutput ReadExact(const Session& session, size_t output) const;
  void ApplyTolerance(ExpectedOutput& output, const TensorSpec& spec) const;
  void Remember(const std::string& key, std::shared_ptr<const Expected> answer);

  struct Process {
    std::vector<ShapeCase> shapes;  // it has room for these
    std::unique_ptr<Session> session;
  };

  const Machine* machine_;
  const Task* task_;
  bool tight_ = false;  // the bound has no slack
  std::string task_digest_;
  Widening widening_ = Widening::kWithError;
  fs::path library_;
  fs::path plain_library_;
  std::map<Widening, Process> processes_;
  std::map<std::string, std::shared_ptr<const Expected>> answers_;
  std::list<std::string> oldest_first_;
  size_t remembered_bytes_ = 0;
};

}  // namespace kernelevolve::worker
