#include "worker/judge/sanitizer_report.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker {
namespace {

constexpr size_t kFirstBytes = 400;

// "heap-buffer-overflow", without the addresses that follow.
std::string_view WordAfter(std::string_view line, std::string_view mark) {
  const size_t at = line.find(mark);
  if (at == line.npos) return {};
  line = Trim(line.substr(at + mark.size()));
  return line.substr(0, line.find(' '));
}

// "ke_run kernel.cc:12": the innermost frame of the kernel's source below
// `lines[at]`, or the innermost of all.
std::string FirstFrame(const std::vector<std::string_view>& lines, size_t at) {
  constexpr size_t kNear = 16;
  constexpr std::string_view kSource = "/ke/build/kernel.";
  std::string_view innermost = "an unknown place";
  for (size_t i = at; i < std::min(lines.size(), at + kNear); ++i) {
    const std::string_view line = Trim(lines[i]);
    if (!line.starts_with("#")) continue;
    const size_t named = line.find(" in "), space = line.find(' ');
    std::string_view frame = line.substr(named == line.npos ? space + 1 : named + 4);
    frame = frame.substr(0, frame.rfind(" ("));
    if (line.starts_with("#0 ")) innermost = frame;
    if (frame.find(kSource) == frame.npos) continue;
    innermost = frame;
    break;
  }
  return ReplaceAll(innermost, "/ke/build/", "");
}

// The first line after `lines[at]` that begins so, up to the address.
std::string LineThatBegins(const std::vector<std::string_view>& lines, size_t at,
                           std::initializer_list<std::string_view> begins) {
  constexpr size_t kNear = 60;
  for (size_t i = at + 1; i < std::min(lines.size(), at + kNear); ++i) {
    const std::string_view line = Trim(lines[i]);
    for (const std::string_view begin : begins)
      if (line.starts_with(begin))
        return std::string(line.substr(0, line.find(" at 0x")));
  }
  return "";
}

bool IsOutside(std::string_view kind) {
  if (kind == "stack-overflow") return false;  // it grows where it is watched
  return kind.ends_with("-overflow") || kind.ends_with("-underflow") ||
         kind.starts_with("heap-use-after") || kind.starts_with("stack-use-after") ||
         kind == "double-free" ||
         kind == "unknown-crash";  // wide, and partly outside
}

}  // namespace

std::optional<std::string> FirstMemoryFault(std::string_view report) {
  const std::vector<std::string_view> lines = Split(report, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string_view kind = WordAfter(lines[i], "ERROR: AddressSanitizer:");
    if (kind == "attempting") kind = WordAfter(lines[i], "attempting ");
    if (!IsOutside(kind)) continue;
    const std::string access = LineThatBegins(lines, i, {"READ of size", "WRITE of size"});
    return Shortened(format("{}: {}in {}", kind, access.empty() ? "" : access + " ",
                            FirstFrame(lines, i)), kFirstBytes);
  }
  return std::nullopt;
}

std::optional<std::string> FirstDataRace(std::string_view report) {
  const std::vector<std::string_view> lines = Split(report, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].find("WARNING: ThreadSanitizer: data race") == lines[i].npos) continue;
    const auto one = LineThatBegins(lines, i, {"Read of size", "Write of size",
                                               "Atomic read", "Atomic write"});
    const auto other = LineThatBegins(lines, i, {"Previous "});
    return Shortened(format("{} in {}, {}", one.empty() ? "a data race" : one,
                            FirstFrame(lines, i), other), kFirstBytes);
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker
