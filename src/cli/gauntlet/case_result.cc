#include "cli/gauntlet/case_result.h"

#include <algorithm>
#include <map>

#include "base/format.h"
#include "base/text.h"
#include "cli/units.h"

namespace kernelevolve::cli {
namespace {

constexpr size_t kGotWidth = 26;  // "REJECT OUTPUT_NOT_WRITTEN" and a blank

bool Has(const std::vector<VerdictStatus>& statuses, VerdictStatus status) {
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

std::string CodesText(const std::vector<Code>& codes) {
  std::vector<std::string> names;
  for (const Code code : codes) names.emplace_back(CodeName(code));
  return Join(names, " or ");
}

std::string GotText(const Evaluation& got) {
  if (got.accepted())
    return format("ACCEPT {}", SpeedupText(got.speedup));
  return format("{} {}", StatusName(got.status), CodeName(got.code));
}

// Of an accepted case.
std::string WrongSpeedup(const SpeedupRule& rule, const Evaluation& got,
                         const std::vector<CaseResult>& earlier) {
  const auto [low, high] = got.speedup_ci;
  const std::string interval = IntervalText(got.speedup_ci);
  if (rule.contains && (low > *rule.contains || high < *rule.contains))
    return format("its interval {} does not hold {}", interval, *rule.contains);
  if (rule.half_width && high - low > 2 * *rule.half_width * got.speedup)
    return format("its interval {} is wider than +-{:g} %", interval,
                  100 * *rule.half_width);
  if (rule.low_at_most && low > *rule.low_at_most)
    return format("its interval {} lies above {}", interval, *rule.low_at_most);
  if (rule.high_below && high >= *rule.high_below)
    return format("its interval {} does not lie below {}", interval,
                  *rule.high_below);
  if (rule.at_least && got.speedup < *rule.at_least)
    return format("its speedup is less than {}", *rule.at_least);
  for (const CaseResult& other : earlier)
    if (other.expected.name == rule.below && other.got &&
        got.speedup >= other.got->speedup)
      return format("it is no slower than {} ({})", rule.below,
                    SpeedupText(other.got->speedup));
  return "";
}

// A cheat that plays with time alone, and times that were worth nothing: nothing is
// claimed for it then.
bool IsExcusedNoise(const GauntletCase& expected, const Evaluation& got) {
  return got.status == VerdictStatus::kInconclusive && got.code == Code::kNoisy &&
         expected.status == VerdictStatus::kReject &&
         Has(expected.also, VerdictStatus::kAccept);
}

// A line is right if all of its cases that ran are.
struct Line {
  bool ran = false, right = true;
};

struct Count {
  size_t right = 0, ran = 0, all = 0;
};

std::map<CaseKind, Count> CountLines(const std::vector<CaseResult>& results) {
  std::map<CaseKind, std::map<std::string, Line>> lines;
  for (const CaseResult& result : results) {
    Line& line = lines[result.expected.kind][result.expected.Line()];
    if (!result.not_run.empty()) continue;
    line.ran = true;
    line.right = line.right && result.right();
  }
  std::map<CaseKind, Count> counts;
  for (const auto& [kind, of_kind] : lines)
    for (const auto& [name, line] : of_kind) {
      Count& count = counts[kind];
      ++count.all;
      count.ran += line.ran;
      count.right += line.ran && line.right;
    }
  return counts;
}

// Reason → names, in the order of the list.
std::vector<std::pair<std::string, std::vector<std::string>>> NotRun(
    const std::vector<CaseResult>& results) {
  std::vector<std::pair<std::string, std::vector<std::string>>> reasons;
  for (const CaseResult& result : results) {
    if (result.not_run.empty()) continue;
    auto at = std::find_if(
        reasons.begin(), reasons.end(),
        [&](const auto& entry) { return entry.first == result.not_run; });
    if (at == reasons.end()) at = reasons.insert(at, {result.not_run, {}});
    at->second.push_back(result.expected.name);
  }
  return reasons;
}

std::string PluralName(CaseKind kind) {
  return std::string(KindName(kind)) + (kind == CaseKind::kNote ? "s" : "");
}

}  // namespace

std::string WhatIsWrong(const GauntletCase& expected, const Evaluation& got,
                        const std::vector<CaseResult>& earlier) {
  if (IsExcusedNoise(expected, got) &&
      std::ranges::none_of(earlier, [](const CaseResult& other) {
        return other.got && IsExcusedNoise(other.expected, *other.got);
      }))
    return "";
  if (got.status != expected.status && !Has(expected.also, got.status))
    return format("it is {}", got.accepted() ? "accepted" : GotText(got));
  if (got.status == VerdictStatus::kReject && !expected.codes.empty() &&
      std::find(expected.codes.begin(), expected.codes.end(), got.code) ==
          expected.codes.end())
    return format("it is called {}", CodeName(got.code));
  if (got.accepted()) return WrongSpeedup(expected.speedup, got, earlier);
  return "";
}

std::string ExpectedText(const GauntletCase& expected) {
  std::string text = expected.status == VerdictStatus::kReject
                         ? CodesText(expected.codes)
                         : std::string(StatusName(expected.status));
  for (const VerdictStatus status : expected.also)
    text += format(" or {}", StatusName(status));
  return text;
}

GauntletTable::GauntletTable(const std::vector<GauntletCase>& cases) {
  for (const GauntletCase& one : cases) {
    name_ = std::max(name_, one.name.size());
    if (!one.kernels.empty())
      expected_ = std::max(expected_, ExpectedText(one).size());
  }
}

std::string GauntletTable::Heading() const {
  return format("  {:<{}}  {:<{}}  {:<{}}         time\n", "case", name_,
                "expected", expected_, "got", kGotWidth);
}

std::string GauntletTable::Row(const CaseResult& result) const {
  const GauntletCase& expected = result.expected;
  if (!result.not_run.empty())
    return format("  {:<{}}  {:<{}}  not run: {}\n", expected.name, name_,
                  ExpectedText(expected), expected_,
                  Sanitize(result.not_run, 300));
  const std::string got = result.got ? GotText(*result.got) : "no verdict";
  std::string text =
      format("  {:<{}}  {:<{}}  {:<{}}  {:<5}  {:.1f} s\n", expected.name, name_,
             ExpectedText(expected), expected_, got, kGotWidth,
             result.right() ? "right" : "WRONG", result.seconds);
  if (result.right()) return text;
  text += format("    {}: {}\n", expected.says, Sanitize(result.wrong, 400));
  if (result.got && !result.got->message.empty())
    text += format("    the judge says: {}\n",
                   Sanitize(result.got->message, 400));
  return text;
}

std::string GauntletSummary(const std::vector<CaseResult>& results, double seconds,
                            const std::string& device) {
  std::vector<std::string> counts;
  for (const auto& [kind, count] : CountLines(results))
    counts.push_back(format("{}/{} {}{}", count.right, count.ran,
                            PluralName(kind),
                            count.ran < count.all
                                ? format(" ({} of {} not run)",
                                         count.all - count.ran, count.all)
                                : ""));
  std::string text = format("{} in {} on {}\n", Join(counts, ", "),
                            SpanText(seconds), Sanitize(device, 200));
  for (const auto& [reason, names] : NotRun(results))
    text += format("not run: {}: {}\n", Join(names, " "), Sanitize(reason, 300));
  std::vector<std::string> wrong;
  for (const CaseResult& result : results)
    if (result.not_run.empty() && !result.right())
      wrong.push_back(result.expected.name);
  if (!wrong.empty()) text += format("WRONG: {}\n", Join(wrong, " "));
  return text;
}

bool AllRight(const std::vector<CaseResult>& results) {
  bool any = false;
  for (const CaseResult& result : results) {
    if (!result.not_run.empty()) continue;
    any = true;
    if (!result.right()) return false;
  }
  return any;
}

Json CaseJson(const CaseResult& result) {
  const GauntletCase& expected = result.expected;
  Json codes = Json::array();
  for (const Code code : expected.codes) codes.push_back(CodeName(code));
  Json line{{"case", expected.name},
            {"kind", KindName(expected.kind)},
            {"says", expected.says},
            {"task", expected.task},
            {"expected", {{"status", StatusName(expected.status)},
                          {"codes", std::move(codes)}}}};
  if (!result.not_run.empty()) {
    line["not_run"] = result.not_run;
    return line;
  }
  line["right"] = result.right();
  if (!result.wrong.empty()) line["wrong"] = result.wrong;
  line["seconds"] = result.seconds;
  if (!result.got) return line;
  line["status"] = StatusName(result.got->status);
  line["code"] = CodeName(result.got->code);
  line["check"] = result.got->failed_check;
  line["message"] = result.got->message;
  if (result.got->accepted()) {
    line["speedup"] = result.got->speedup;
    line["speedup_ci"] = result.got->speedup_ci;
  }
  return line;
}

Json GauntletSummaryJson(const std::vector<CaseResult>& results,
                         const MachineRecord& machine) {
  Json line{{"event", "done"}, {"right", AllRight(results)}};
  for (const auto& [kind, count] : CountLines(results))
    line[PluralName(kind)] = {
        {"right", count.right}, {"ran", count.ran}, {"all", count.all}};
  line["machine"] = ToJson(machine);
  return line;
}

}  // namespace kernelevolve::cli
