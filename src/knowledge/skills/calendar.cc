#include "knowledge/skills/calendar.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "base/check.h"
#include "base/format.h"

namespace kernelevolve {
namespace {

using Days = std::chrono::sys_days;

std::optional<Days> ParseDay(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-dd";
  if (text.size() != kForm.size()) return std::nullopt;
  for (size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == 'd' ? !digit : text[i] != '-') return std::nullopt;
  }
  const auto number = [&](size_t at, size_t length) {
    return std::atoi(std::string(text.substr(at, length)).c_str());
  };
  const std::chrono::year_month_day day(
      std::chrono::year(number(0, 4)),
      std::chrono::month(static_cast<unsigned>(number(5, 2))),
      std::chrono::day(static_cast<unsigned>(number(8, 2))));
  if (!day.ok()) return std::nullopt;
  return Days(day);
}

std::string ToText(Days days) {
  const std::chrono::year_month_day day(days);
  return format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()),
                static_cast<unsigned>(day.day()));
}

}  // namespace

bool IsDay(std::string_view text) { return ParseDay(text).has_value(); }

std::string DayOf(double wall_seconds) {
  // A clock that is wrong beyond the four digits of a year is cut to them.
  constexpr double kSecondsPerDay = 86'400, kLastDay = 2'932'896;
  const double days = std::clamp(std::floor(wall_seconds / kSecondsPerDay),
                                 0.0, kLastDay);
  return ToText(Days(std::chrono::days(static_cast<int>(days))));
}

std::string DaysAfter(const std::string& day, int days) {
  const std::optional<Days> start = ParseDay(day);
  CHECK(start.has_value());
  return ToText(*start + std::chrono::days(days));
}

}  // namespace kernelevolve
