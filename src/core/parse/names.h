// What may be a name, and what may be a path, in a task file. Internal to core.
#pragma once

#include <string>
#include <string_view>

namespace kernelevolve::parse {

// Letters, digits, `_`, `-`, `.` and `+`, the first a letter or digit; at most
// 64. For names that no language has to spell: shapes, baselines, libraries.
bool IsWord(std::string_view name);

// A path that stays within the folder wherever the folder lies: relative, no
// `..`, no empty or hidden component, plain characters.
bool IsInnerPath(std::string_view path);

inline constexpr std::string_view kIdentifierRule =
    "a letter or _, then letters, digits and _ (at most 64)";
inline constexpr std::string_view kWordRule =
    "letters, digits, _ - . + (at most 64)";
inline constexpr std::string_view kPathRule =
    "a path within the task's folder: relative, without .., of letters, digits "
    "and _ - . + /";

}  // namespace kernelevolve::parse
