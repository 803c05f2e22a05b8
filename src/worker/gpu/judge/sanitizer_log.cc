#include "worker/gpu/judge/sanitizer_log.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr std::string_view kPrefix = "=========";
constexpr size_t kFirstBytes = 400, kExcerptBytes = 2000;
constexpr size_t kDetails = 4;  // lines of a finding that its message takes

// How the findings of a tool begin.
std::vector<std::string_view> HeadsOf(Check check) {
  switch (check) {
    case Check::kSanitizerMemory: return {"Invalid __"};
    case Check::kSanitizerRaces:
      return {"Error: Race reported", "ERROR: Race reported",
              "Error: Potential", "ERROR: Potential"};
    case Check::kSanitizerUnwritten: return {"Uninitialized __global__"};
    default: return {"Barrier error detected"};
  }
}

bool StartsFinding(std::string_view line,
                   const std::vector<std::string_view>& heads) {
  return std::any_of(heads.begin(), heads.end(), [&](std::string_view head) {
    return line.starts_with(head);
  });
}

// Lines without the tool's mark; others are somebody else's output.
std::vector<std::string_view> OwnLines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::string_view line : Split(text, '\n'))
    if (line.starts_with(kPrefix))
      lines.push_back(Trim(line.substr(kPrefix.size())));
  return lines;
}

bool IsDetail(std::string_view line) {
  constexpr std::array<std::string_view, 5> kStarts = {"at ", "by ", "Address",
                                                       "and ", "Barrier is"};
  return std::any_of(
      kStarts.begin(), kStarts.end(),
      [&](std::string_view start) { return line.starts_with(start); });
}

std::string FindingText(const std::vector<std::string_view>& lines, size_t at) {
  std::string text(lines[at]);
  for (size_t i = at + 1; i < lines.size() && i <= at + kDetails; ++i) {
    if (!IsDetail(lines[i])) break;
    text += format(", {}", lines[i]);
  }
  text = Sanitize(text, kFirstBytes);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string Excerpt(const std::vector<std::string_view>& lines) {
  std::string excerpt;
  for (const std::string_view line : lines) {
    if (excerpt.size() > kExcerptBytes) break;
    // Host frames are the launcher's own, always the same.
    if (!line.starts_with("Host Frame") && !line.starts_with("Saved host"))
      excerpt += format("{}\n", line);
  }
  return Sanitize(excerpt, kExcerptBytes);
}

// What is wrong with a report that holds no finding.
std::string FaultOf(const std::vector<std::string_view>& lines) {
  if (lines.empty()) return "it wrote no report";
  std::string_view summary, trouble;
  for (const std::string_view line : lines) {
    if (line.find("SUMMARY:") != line.npos) summary = line;
    const bool loud = line.starts_with("Internal Sanitizer Error") ||
                      line.starts_with("Error:") ||
                      line.starts_with("Target application terminated") ||
                      line.starts_with("Program hit") ||
                      line.find("not supported") != line.npos;
    if (trouble.empty() && loud) trouble = line;
  }
  const bool clean = summary.find("SUMMARY: 0 ") != summary.npos ||
                     summary.find("(0 errors") != summary.npos;
  if (!trouble.empty()) return Sanitize(trouble, kFirstBytes);
  if (summary.empty()) return "its report has no end";
  return clean ? "" : "it ends with " + Sanitize(summary, kFirstBytes);
}

}  // namespace

const std::vector<Sanitizer>& AllSanitizers() {
  static const std::vector<Sanitizer> kSanitizers = {
      {Check::kSanitizerMemory, "memcheck", Code::kOob,
       "touches memory that is not its own"},
      {Check::kSanitizerRaces, "racecheck", Code::kRace,
       "lets threads race in shared memory"},
      {Check::kSanitizerUnwritten, "initcheck", Code::kUninit,
       "reads global memory that nobody has written"},
      {Check::kSanitizerBarriers, "synccheck", Code::kRace,
       "breaks the rules of barriers"},
  };
  return kSanitizers;
}

std::vector<std::string> SanitizerArgv(const std::string& program,
                                       const Sanitizer& sanitizer,
                                       const std::string& log) {
  std::vector<std::string> argv = {
      program,         "--tool",  sanitizer.tool, "--error-exitcode", "86",
      "--print-limit", "20",      "--log-file",   log};
  const auto add = [&](std::initializer_list<const char*> more) {
    argv.insert(argv.end(), more.begin(), more.end());
  };
  // The launcher asks the driver for parameters until it refuses: no fault.
  if (sanitizer.check == Check::kSanitizerMemory)
    add({"--report-api-errors", "no", "--padding", "64"});
  if (sanitizer.check == Check::kSanitizerRaces)
    add({"--racecheck-report", "analysis", "--print-level", "error"});
  return argv;
}

SanitizerReport ReadSanitizerLog(const Sanitizer& sanitizer,
                                 std::string_view text) {
  const auto lines = OwnLines(text);
  const auto heads = HeadsOf(sanitizer.check);
  SanitizerReport report;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!StartsFinding(lines[i], heads)) continue;
    if (report.findings++ == 0) report.first = FindingText(lines, i);
  }
  report.excerpt = Excerpt(lines);
  if (report.findings == 0) report.broken = FaultOf(lines);
  return report;
}

}  // namespace kernelevolve::worker::gpu
