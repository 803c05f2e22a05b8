#include "cli/gauntlet/case_list.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/format.h"
#include "base/text.h"
#include "core/parse/table_reader.h"

namespace kernelevolve::cli {
namespace {

using parse::Diagnostics;
using parse::TableReader;

constexpr std::array<const char*, 4> kLanguages = {"cpp", "cuda", "triton",
                                                   "hip"};
constexpr std::array<CaseKind, 3> kKinds = {
    CaseKind::kAdversarial, CaseKind::kHonest, CaseKind::kNote};

// A capital, a number, and words in small letters: A43_early_exit.
bool IsCaseName(std::string_view name) {
  const size_t mark = name.find('_');
  if (name.empty() || mark == name.npos || mark < 2 || mark + 1 == name.size())
    return false;
  const auto all = [](std::string_view text, std::string_view allowed) {
    return text.find_first_not_of(allowed) == text.npos;
  };
  return name[0] >= 'A' && name[0] <= 'Z' &&
         all(name.substr(1, mark - 1), "0123456789") &&
         all(name.substr(mark + 1), "abcdefghijklmnopqrstuvwxyz0123456789_");
}

class CaseReader {
 public:
  CaseReader(TableReader table, const std::vector<GauntletCase>& earlier)
      : table_(std::move(table)), earlier_(earlier) {}

  GauntletCase Read() {
    ReadWhat();
    ReadKernels();
    ReadExpected();
    if (auto speedup = table_.Table("speedup")) ReadSpeedup(*speedup);
    table_.Finish();
    return std::move(case_);
  }

 private:
  bool Known(const std::string& name) const {
    return std::any_of(
        earlier_.begin(), earlier_.end(),
        [&](const GauntletCase& other) { return other.name == name; });
  }

  void ReadWhat() {
    case_.name = table_.RequiredText("name").value_or("");
    if (!case_.name.empty() && !IsCaseName(case_.name))
      table_.Mistake("name", "a name like A43_early_exit");
    if (Known(case_.name)) table_.Mistake("name", "a name of its own");
    const std::string kind = table_.RequiredText("kind").value_or("");
    const auto found =
        std::find_if(kKinds.begin(), kKinds.end(),
                     [&](CaseKind k) { return KindName(k) == kind; });
    if (found != kKinds.end())
      case_.kind = *found;
    else if (!kind.empty())
      table_.Mistake("kind", "adversarial, honest or note");
    case_.says = table_.RequiredText("says", "what it does, in one line")
                     .value_or("");
  }

  void ReadKernels() {
    for (const char* language : kLanguages)
      if (auto path = table_.Text(language)) {
        if (path->empty() || path->starts_with("/") ||
            path->find("..") != path->npos)
          table_.Mistake(language, "a path within the folder");
        case_.kernels[language] = *path;
      }
    case_.elsewhere = table_.Text("elsewhere").value_or("");
    case_.needs = table_.Texts("needs");
    if (case_.kernels.empty()) {
      if (case_.elsewhere.empty())
        table_.Mistake("cpp", "a kernel, or `elsewhere` with where it could run");
      case_.task = table_.Text("task").value_or("");
      return;
    }
    case_.task = table_.RequiredText("task", "the task of its kernels").value_or("");
    if (case_.task.find_first_of("./") != std::string::npos)
      table_.Mistake("task", "the name of a task");
  }

  void ReadExpected() {
    if (const auto stage = table_.Text("stage")) {
      if (const auto parsed = ParseStage(*stage))
        case_.stage = *parsed;
      else
        table_.Mistake("stage", "search, confirm or final");
    }
    const auto status = ParseStatus(table_.RequiredText("status").value_or(""));
    if (!status)
      table_.Mistake("status", "ACCEPT, REJECT, INCONCLUSIVE or HARNESS_ERROR");
    case_.status = status.value_or(VerdictStatus::kReject);
    for (const std::string& name : table_.Texts("also"))
      if (const auto parsed = ParseStatus(name))
        case_.also.push_back(*parsed);
      else
        table_.Mistake("also", "statuses");
    for (const std::string& name : table_.Texts("codes"))
      if (const auto code = ParseCode(name))
        case_.codes.push_back(*code);
      else
        table_.Mistake("codes", Quoted(name), "verdict codes");
    case_.check = table_.Text("check").value_or("");
    if (!case_.check.empty() && status != VerdictStatus::kReject)
      table_.Mistake("check", "none: only a REJECT needs one");
    if (status == VerdictStatus::kReject && case_.codes.empty())
      table_.Mistake("codes", "at least one code of a REJECT");
    case_.busy = static_cast<int>(table_.Integer("busy", 0, 64).value_or(0));
    case_.kill_worker = table_.Bool("kill_worker").value_or(false);
    case_.alone = table_.Bool("alone").value_or(false);
  }

  void ReadSpeedup(TableReader& table) {
    SpeedupRule& rule = case_.speedup;
    rule.contains = table.Number("contains");
    rule.half_width = table.Number("half_width");
    rule.low_at_most = table.Number("low_at_most");
    rule.high_below = table.Number("high_below");
    rule.at_least = table.Number("at_least");
    rule.below = table.Text("below").value_or("");
    if (!rule.below.empty() && !Known(rule.below))
      table.Mistake("below", "the name of an earlier case");
    table.Finish();
  }

  static std::string Quoted(const std::string& text) {
    return "\"" + Sanitize(text, 64) + "\"";
  }

  TableReader table_;
  const std::vector<GauntletCase>& earlier_;
  GauntletCase case_;
};

std::string Lines(std::vector<Diagnostic> mistakes, const std::string& file) {
  std::vector<std::string> lines;
  for (Diagnostic& mistake : mistakes) {
    mistake.file = file;
    lines.push_back(mistake.ToString());
  }
  return Join(lines, "\n");
}

}  // namespace

std::string_view KindName(CaseKind kind) {
  switch (kind) {
    case CaseKind::kAdversarial: return "adversarial";
    case CaseKind::kHonest: return "honest";
    case CaseKind::kNote: return "note";
  }
  return "";
}

Result<std::vector<GauntletCase>> ParseCases(std::string_view text,
                                             const std::string& file) {
  const auto root = ParseToml(text);
  if (!root)
    return BadInput(format("{}:{}: found a mistake: {}, expected TOML", file,
                           root.error().line, root.error().message));
  Diagnostics mistakes;
  TableReader top(*root, "", mistakes);
  std::vector<GauntletCase> cases;
  for (TableReader& table : top.Tables("cases"))
    cases.push_back(CaseReader(std::move(table), cases).Read());
  if (cases.empty() && mistakes.empty())
    top.Mistake("cases", "at least one case, written [[cases]]");
  top.Finish();
  if (!mistakes.empty()) return BadInput(Lines(mistakes.Take(), file));
  return cases;
}

Result<std::vector<GauntletCase>> LoadCases(const fs::path& folder) {
  const fs::path file = folder / "cases.toml";
  Result<std::string> text = ReadFile(file, 1 << 20);
  if (!text) return BadInput(text.error().message);
  ASSIGN_OR_RETURN(std::vector<GauntletCase> cases,
                   ParseCases(*text, file.string()));
  std::error_code error;
  for (const GauntletCase& one : cases)
    for (const auto& [language, path] : one.kernels)
      if (!fs::is_regular_file(folder / path, error))
        return BadInput(format("{}: {}: {}: no such file", file.string(),
                               one.name, (folder / path).string()));
  return cases;
}

Result<std::vector<GauntletCase>> SelectCases(
    std::vector<GauntletCase> cases, const std::vector<std::string>& names) {
  if (names.empty()) return cases;
  std::set<std::string> wanted(names.begin(), names.end()), found;
  std::vector<std::string> known;
  std::vector<GauntletCase> chosen;
  for (GauntletCase& one : cases) {
    known.push_back(one.name);
    const bool by_name = wanted.count(one.name) > 0;
    if (!by_name && !wanted.count(one.Line())) continue;
    found.insert(by_name ? one.name : one.Line());
    chosen.push_back(std::move(one));
  }
  for (const std::string& name : wanted) {
    if (found.count(name)) continue;
    const std::string near = Nearest(name, known);
    return BadInput(format("--only: no case is called '{}'; {}",
                           Sanitize(name, 100),
                           near.empty() ? "A01 to A48, H01 to H14 and N1 to N6 are"
                                        : "did you mean " + near + "?"));
  }
  return chosen;
}

}  // namespace kernelevolve::cli
