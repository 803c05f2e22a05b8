#include "cli/units.h"

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::cli {
namespace {

// Three significant digits, no exponent.
std::string ThreeDigits(double value) {
  const int digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return format("{:.{}f}", value, digits);
}

std::string ShellWord(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "@%+=:,./-_";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos)
    return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string TimeText(double microseconds) {
  if (microseconds < 999.5) return ThreeDigits(microseconds) + " us";
  if (microseconds < 999.5e3) return ThreeDigits(microseconds / 1e3) + " ms";
  return ThreeDigits(microseconds / 1e6) + " s";
}

std::string SpanText(double seconds) {
  const auto whole = static_cast<int64_t>(std::max(0.0, std::floor(seconds)));
  const int64_t hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours == 0) return format("{}:{:02}", minutes, whole % 60);
  return format("{}:{:02}:{:02}", hours, minutes, whole % 60);
}

std::string SpeedupText(double speedup) { return ThreeDigits(speedup) + "x"; }

std::string IntervalText(Interval interval) {
  return format("[{}, {}]", ThreeDigits(interval[0]), ThreeDigits(interval[1]));
}

std::string PercentText(double fraction) {
  return format("{:.0f} %", 100 * fraction);
}

std::string SpendingText(const Spending& spending) {
  std::string text = Counted(spending.calls, "call") + ", " +
                     Counted(spending.tokens(), "token");
  if (spending.dollars > 0) text += format(", ${:.4f}", spending.dollars);
  return text;
}

std::string JudgeTimeText(const JudgeTime& time) {
  std::string text = format("{:.2f} s of the device", time.device_s);
  if (time.cpu_s > 0) text += format(", {:.1f} s of CPU", time.cpu_s);
  return text;
}

std::string ShownPath(const std::string& path) {
  std::error_code error;
  const std::string near = fs::proximate(path, error).string();
  if (error || near.empty() || near.starts_with("..")) return path;
  return near.size() < path.size() ? near : path;
}

std::string ShellCommand(const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words)
    command += (command.empty() ? "" : " ") + ShellWord(word);
  return command;
}

std::string TableText(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      line += i == 0 ? format("  {:<{}}", row[i], widths[i])
                     : format("  {:>{}}", row[i], widths[i]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace kernelevolve::cli
