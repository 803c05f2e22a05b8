// ModelBandit: which of several models to ask next, learned from what their
// answers were worth.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace kernelevolve {

// UCB1 on rewards in [0, 1]. Deterministic: the same picks and rewards in the
// same order give the same next pick. Thread-safe.
class ModelBandit {
 public:
  // `exploration` weighs the unknown against the proven: 0 always takes the
  // best so far.
  explicit ModelBandit(std::vector<std::string> names, double exploration = 0.5);

  // The next model, among those neither excluded nor disabled. A pick counts
  // at once, so that calls in flight spread. nullopt if none is left.
  std::optional<size_t> Pick(const std::set<size_t>& excluded);
  // As if Pick had said so: a conversation that stays with its model.
  void Count(size_t index);
  // It cannot be used any more: a wrong key, an empty account.
  void Disable(size_t index);
  // What an answer of that model turned out to be worth. Unknown names, from a
  // resumed run with other models, are ignored.
  void Reward(const std::string& name, double value);

  struct Arm {
    std::string name;
    int64_t picks = 0, rewards = 0;
    double total = 0;  // of the rewards
    bool disabled = false;
  };
  std::vector<Arm> arms() const;

 private:
  double Score(const Arm& arm, int64_t all_picks) const;

  const double exploration_;
  mutable std::mutex mutex_;  // guards arms_
  std::vector<Arm> arms_;
};

}  // namespace kernelevolve
