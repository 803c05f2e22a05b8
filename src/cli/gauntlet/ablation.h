// Which checks the gauntlet's cheats fall to, and what is left when those are off:
// a check without which nothing gets through proves nothing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/stop.h"
#include "cli/gauntlet/case_list.h"
#include "core/evaluation.h"

namespace kernelevolve::cli {

struct AblatedCase {
  std::string name;
  // The check that refused it, or the one that the list names for it; the one
  // that refused it with that off; and so on.
  std::vector<std::string> caught_by;
  bool gets_through = false;  // with all of these off
  std::string ended;          // else: why the row goes no further

  // The check without which, and with all others on, it gets through; or "".
  std::string OnlyCaughtBy() const {
    return gets_through && caught_by.size() == 1 ? caught_by[0] : "";
  }
};

// Judges a case with these checks off.
using JudgeWithout =
    std::function<Result<Evaluation>(const std::vector<std::string>& off)>;

// Of a case that is refused as it should be. An Error only where the user wants
// to stop.
Result<AblatedCase> Ablate(const GauntletCase& one, const Evaluation& refused,
                           const JudgeWithout& judge);

// The judge's checks by name, as its worker lists them.
Result<std::vector<std::string>> CheckNames(const StopCondition& stop);

// What was found, by check: `all` names them, in order.
class AblationMatrix {
 public:
  AblationMatrix(std::vector<std::string> all, std::vector<AblatedCase> cases)
      : all_(std::move(all)), cases_(std::move(cases)) {}

  std::string Text() const;
  Json ToJson() const;

 private:
  // Cases that get through when this check alone is off.
  std::vector<std::string> AloneFor(const std::string& check) const;
  // Cases that it refuses first.
  std::vector<std::string> FirstFor(const std::string& check) const;

  const std::vector<std::string> all_;
  const std::vector<AblatedCase> cases_;
};

std::string AblationRow(const AblatedCase& one);
Json AblatedJson(const AblatedCase& one);

}  // namespace kernelevolve::cli
