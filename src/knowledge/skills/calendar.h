// Days as skills are dated by: "2026-11-28", of UTC.
#pragma once

#include <string>
#include <string_view>

namespace kernelevolve {

// Whether it is a day that exists, written so.
bool IsDay(std::string_view text);

// The day of a Clock::WallSeconds().
std::string DayOf(double wall_seconds);

// `day` must be one. Days written so compare like texts.
std::string DaysAfter(const std::string& day, int days);

}  // namespace kernelevolve
