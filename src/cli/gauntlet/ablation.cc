#include "cli/gauntlet/ablation.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "eval/worker_pool.h"
#include "process/command.h"

namespace kernelevolve::cli {
namespace {

constexpr size_t kDeepest = 12;

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Result<std::vector<std::string>> CheckNames(const StopCondition& stop) {
  ASSIGN_OR_RETURN(const fs::path worker, FindWorkerProgram());
  ChildSpec spec;
  spec.argv = {worker.string(), "checks"};
  ASSIGN_OR_RETURN(const CommandOutcome listed, RunCommand(spec, {}, stop));
  if (!listed.exit.ok())
    return Broken("kernelevolve-worker checks: " + listed.exit.ToString());
  std::vector<std::string> names;
  for (const std::string_view line : Split(listed.output, '\n'))
    if (const size_t end = line.find(' '); end != 0 && end != line.npos)
      names.emplace_back(line.substr(0, end));
  return names;
}

Result<AblatedCase> Ablate(const GauntletCase& one, const Evaluation& refused,
                           const JudgeWithout& judge) {
  AblatedCase row;
  row.name = one.name;
  Evaluation last = refused;
  if (!one.check.empty()) last.failed_check = one.check;
  while (row.caught_by.size() < kDeepest) {
    if (last.accepted()) {
      row.gets_through = true;
      return row;
    }
    if (last.status != VerdictStatus::kReject) {
      row.ended = format("{} {}", StatusName(last.status), CodeName(last.code));
      return row;
    }
    // Off already: the check has a part that stays.
    if (last.failed_check.empty() || Has(row.caught_by, last.failed_check)) {
      row.ended = format("{} all the same", CodeName(last.code));
      return row;
    }
    row.caught_by.push_back(last.failed_check);
    Result<Evaluation> next = judge(row.caught_by);
    if (!next && next.error().code == ErrorCode::kInterrupted)
      return Fail(next.error());
    if (!next) {
      row.ended = next.error().code == ErrorCode::kBadInput
                      ? last.failed_check + " cannot be switched off"
                      : next.error().message;
      return row;
    }
    last = *std::move(next);
  }
  row.ended = "no end of checks";
  return row;
}

std::string AblationRow(const AblatedCase& one) {
  return format("{}: {}; {}\n", one.name, Join(one.caught_by, ", then "),
                one.gets_through ? "then it gets through" : one.ended);
}

Json AblatedJson(const AblatedCase& one) {
  return {{"case", one.name},
          {"caught_by", one.caught_by},
          {"gets_through", one.gets_through},
          {"ended", one.ended}};
}

std::vector<std::string> AblationMatrix::AloneFor(const std::string& check) const {
  std::vector<std::string> names;
  for (const AblatedCase& one : cases_)
    if (one.OnlyCaughtBy() == check) names.push_back(one.name);
  return names;
}

std::vector<std::string> AblationMatrix::FirstFor(const std::string& check) const {
  std::vector<std::string> names;
  for (const AblatedCase& one : cases_)
    if (!one.caught_by.empty() && one.caught_by[0] == check)
      names.push_back(one.name);
  return names;
}

std::string AblationMatrix::Text() const {
  std::string text = "\ncheck                 first for  alone for\n";
  std::vector<std::string> idle;
  for (const std::string& check : all_) {
    const auto first = FirstFor(check), alone = AloneFor(check);
    if (alone.empty()) idle.push_back(check);
    text += format("{:<20}  {:>9}  {:>9}  {}\n", check, first.size(),
                   alone.size(), Join(alone, " "));
  }
  if (!idle.empty())
    text += format("nothing gets through for want of: {}\n", Join(idle, ", "));
  return text;
}

Json AblationMatrix::ToJson() const {
  Json checks = Json::array(), idle = Json::array();
  for (const std::string& check : all_) {
    const auto alone = AloneFor(check);
    if (alone.empty()) idle.push_back(check);
    checks.push_back({{"check", check},
                      {"first_for", FirstFor(check)},
                      {"alone_for", alone}});
  }
  return {{"event", "ablation"}, {"checks", checks}, {"idle", idle}};
}

}  // namespace kernelevolve::cli
