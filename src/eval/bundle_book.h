// BundleBook: what a run has asked for in work bundles, and what came back.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "eval/deferred_evaluator.h"
#include "wire/bundle_answers.h"

namespace kernelevolve {

struct BundleBookOptions {
  fs::path folder;   // made if absent; several runs may share it
  std::string run;   // as no other run is called
  size_t bundle_size = 64;
  // A result without its end that was written less long ago may be on its way.
  double settle_seconds = 0;
};

// Single-threaded. What it writes and reads is whole or reported.
class BundleBook {
 public:
  // Reads what earlier processes of the run have asked.
  static Result<BundleBook> Open(BundleBookOptions options);

  // Candidate, stage, and whether it is only built.
  using Key = std::string;
  static Key KeyOf(const std::string& candidate_id, Stage stage,
                   bool build_only);

  // The answer, if it has come. One of the later stages is handed out once.
  std::optional<Evaluation> Take(const Key& key);
  // To be in the next bundle, unless it is in one that is open.
  void Ask(const Key& key, const EvaluationRequest& request);

  // Looks for results. What a bad one lacks is to be asked again.
  Status Poll();
  // A bundle of what was asked and is in none.
  Status WriteOne();

  size_t to_write() const { return to_write_.size(); }
  // Bundles without a result, as "000001, 000002".
  std::string OpenOnes() const;
  std::vector<std::string> TakeNotes();
  JudgingMachine MachineOf(const std::string& candidate_id, Stage stage) const;

 private:
  struct Answer {
    Evaluation evaluation;
    JudgingMachine machine;
    bool taken = false;
  };

  explicit BundleBook(BundleBookOptions options)
      : options_(std::move(options)) {}
  Status ReadOwn();
  void AddOpen(int64_t number, wire::Bundle bundle);
  // False where it is to be looked at again.
  Result<bool> Ingest(const wire::Bundle& bundle);

  BundleBookOptions options_;
  std::map<int64_t, wire::Bundle> open_;  // by number
  std::multiset<Key> asked_;              // in those
  std::map<Key, wire::EvaluateRequest> to_write_;
  std::map<Key, Answer> answers_;
  JudgingMachine latest_;
  std::vector<std::string> notes_;
};

}  // namespace kernelevolve
