// The gauntlet's cases: kernels with the verdict that each must get. The list is
// gauntlet/cases.toml; docs/gauntlet.md describes it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "core/evaluation.h"

namespace kernelevolve::cli {

// Adversarial kernels must be refused by name, honest ones accepted; a note
// looks at the judge itself.
enum class CaseKind { kAdversarial, kHonest, kNote };
std::string_view KindName(CaseKind kind);

// What an accepted case's speedup must be like.
struct SpeedupRule {
  std::optional<double> contains;     // the interval holds this
  std::optional<double> half_width;   // of the interval, at most, relative
  std::optional<double> low_at_most;  // the interval's lower end
  std::optional<double> high_below;   // its upper end
  std::optional<double> at_least;     // the speedup itself
  std::string below;                  // that of an earlier case
};

struct GauntletCase {
  std::string name;  // "A43_early_exit_atexit"
  CaseKind kind = CaseKind::kAdversarial;
  std::string says;  // one line, for people
  std::string task;  // of gauntlet/tasks, or a shipped one
  std::map<std::string, std::string> kernels;  // language → path
  Stage stage = Stage::kSearch;
  VerdictStatus status = VerdictStatus::kReject;
  std::vector<Code> codes;           // of a REJECT; any of them
  std::vector<VerdictStatus> also;   // statuses that are right as well
  // The check that it needs, where another one names the fault: what draws
  // inputs or shapes refuses by way of a comparison.
  std::string check;
  SpeedupRule speedup;
  std::string elsewhere;             // where it can run, if not here
  std::vector<std::string> needs;    // files of which one must be there
  int busy = 0;                      // threads that compute meanwhile
  bool kill_worker = false;          // the judging process is killed meanwhile
  bool alone = false;                // after those before it, beside none

  // Whether nothing else may be judged meanwhile: a note looks at the judge's own
  // figures, and what makes trouble makes it for all.
  bool RunsAlone() const {
    return alone || kind == CaseKind::kNote || busy > 0 || kill_worker;
  }

  // Cases that belong together share the part before the first `_`.
  std::string Line() const { return name.substr(0, name.find('_')); }
};

// Every mistake is reported at once, with file and line, in one kBadInput.
Result<std::vector<GauntletCase>> ParseCases(std::string_view text,
                                             const std::string& file);
// Reads folder/cases.toml; each kernel it names must be a file of the folder.
Result<std::vector<GauntletCase>> LoadCases(const fs::path& folder);

// Those that are called so, by name or by line. kBadInput for one that is not.
Result<std::vector<GauntletCase>> SelectCases(
    std::vector<GauntletCase> cases, const std::vector<std::string>& names);

}  // namespace kernelevolve::cli
