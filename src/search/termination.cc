#include "search/termination.h"

#include <functional>

#include "base/format.h"

namespace kernelevolve {
namespace {

// A rule whose check is one expression.
class SimpleRule : public TerminationRule {
 public:
  using CheckFunction =
      std::function<std::optional<std::string>(const Progress&)>;
  SimpleRule(const char* name, CheckFunction check)
      : name_(name), check_(std::move(check)) {}
  const char* Name() const override { return name_; }
  std::optional<std::string> Check(const Progress& progress) const override {
    return check_(progress);
  }

 private:
  const char* name_;
  CheckFunction check_;
};

using Reason = std::optional<std::string>;

std::unique_ptr<TerminationRule> Interrupted() {
  return std::make_unique<SimpleRule>("interrupted", [](const Progress& p) {
    return p.interrupted ? Reason("interrupted") : Reason();
  });
}

std::unique_ptr<TerminationRule> Exhausted() {
  return std::make_unique<SimpleRule>("exhausted", [](const Progress& p) {
    return p.exhausted ? Reason("nothing left to try") : Reason();
  });
}

std::unique_ptr<TerminationRule> OutOfBudget() {
  return std::make_unique<SimpleRule>("budget", [](const Progress& p) {
    return p.out_of_budget.empty() ? Reason() : Reason(p.out_of_budget);
  });
}

std::unique_ptr<TerminationRule> TargetSpeedup(double target) {
  return std::make_unique<SimpleRule>("target", [=](const Progress& p) {
    return p.best_fitness >= target
               ? Reason(format("speedup {:.3g} reached the target of {:.3g}",
                               p.best_fitness, target))
               : Reason();
  });
}

std::unique_ptr<TerminationRule> SpeedOfLight(double within_percent) {
  return std::make_unique<SimpleRule>("speed of light", [=](const Progress& p) {
    const double share = 100 * p.best_speed_of_light;
    return share >= 100 - within_percent
               ? Reason(format("at {:.0f} % of the speed of light, within "
                               "{:.3g} %",
                               share, within_percent))
               : Reason();
  });
}

std::unique_ptr<TerminationRule> Stall(int64_t window) {
  return std::make_unique<SimpleRule>("stall", [=](const Progress& p) {
    const int64_t idle = p.nodes - p.nodes_at_gain;
    return p.best_fitness > 0 && idle >= window
               ? Reason(format("no gain of {:.0f} % in {} nodes",
                               100 * kStallGain, idle))
               : Reason();
  });
}

// `read` gives how much of the budget is used; `text` formats it and the limit.
std::unique_ptr<TerminationRule> Budget(
    const char* name, double limit, std::function<double(const Progress&)> read,
    std::function<std::string(double)> text) {
  return std::make_unique<SimpleRule>(
      name, [limit, read = std::move(read),
             text = std::move(text)](const Progress& p) {
        const double used = read(p);
        return used >= limit ? Reason(text(used)) : Reason();
      });
}

}  // namespace

void Progress::Observe(double fitness, double speed_of_light) {
  ++nodes;
  if (fitness > best_fitness) {
    best_fitness = fitness;
    best_speed_of_light = speed_of_light;
  }
  if (fitness < fitness_at_gain * (1 + kStallGain) || fitness <= 0) return;
  fitness_at_gain = fitness;
  nodes_at_gain = nodes;
  seconds_at_gain = seconds;
}

Termination::Termination(const TerminationOptions& o) {
  Add(Interrupted());
  if (o.target_speedup > 0) Add(TargetSpeedup(o.target_speedup));
  if (o.within_percent_of_light > 0)
    Add(SpeedOfLight(o.within_percent_of_light));
  if (o.max_nodes > 0)
    Add(Budget(
        "nodes", static_cast<double>(o.max_nodes),
        [](const Progress& p) { return static_cast<double>(p.nodes); },
        [n = o.max_nodes](double used) {
          return format("{:.0f} of {} nodes", used, n);
        }));
  if (o.max_seconds > 0)
    Add(Budget(
        "seconds", o.max_seconds, [](const Progress& p) { return p.seconds; },
        [n = o.max_seconds](double used) {
          return format("searched for {:.0f} of {:.0f} seconds", used, n);
        }));
  if (o.max_dollars > 0)
    Add(Budget(
        "dollars", o.max_dollars, [](const Progress& p) { return p.dollars; },
        [n = o.max_dollars](double used) {
          return format("{:.2f} of {:.2f} dollars", used, n);
        }));
  if (o.max_tokens > 0)
    Add(Budget(
        "tokens", static_cast<double>(o.max_tokens),
        [](const Progress& p) { return static_cast<double>(p.tokens); },
        [n = o.max_tokens](double used) {
          return format("{:.0f} of {} tokens", used, n);
        }));
  if (o.max_device_seconds > 0)
    Add(Budget(
        "device seconds", o.max_device_seconds,
        [](const Progress& p) { return p.device_seconds; },
        [n = o.max_device_seconds](double used) {
          return format("{:.0f} of {:.0f} device seconds", used, n);
        }));
  if (o.stall_nodes > 0) Add(Stall(o.stall_nodes));
  Add(OutOfBudget());
  Add(Exhausted());
}

void Termination::Add(std::unique_ptr<TerminationRule> rule) {
  rules_.push_back(std::move(rule));
}

std::optional<TerminationReason> Termination::Check(
    const Progress& progress) const {
  for (const auto& rule : rules_)
    if (auto text = rule->Check(progress))
      return TerminationReason{rule->Name(), *std::move(text)};
  return std::nullopt;
}

}  // namespace kernelevolve
