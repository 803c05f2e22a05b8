// The compiler's remarks on vectorisation, read. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve::worker {

inline constexpr size_t kMostRemarks = 12;

// Compiler flags that make it write remarks to its standard error.
const std::vector<std::string>& RemarkFlags();

// Of what the compiler wrote, the remarks about lines of the source file
// `name`, wherever the build put it: which loops are vectorised and how wide,
// then why others are not, as "kernel.cc:12: …". Each once, at most
// kMostRemarks.
std::vector<std::string> ReadRemarks(std::string_view text,
                                     const std::string& name);

}  // namespace kernelevolve::worker
