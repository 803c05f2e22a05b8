// compute-sanitizer's tools: how each is called, and what its report says. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/verdict.h"
#include "worker/judge/checks.h"

namespace kernelevolve::worker::gpu {

struct Sanitizer {
  Check check;
  std::string tool;     // "memcheck"
  Code code;            // of what it finds
  std::string meaning;  // what a finding means, for a message
};

// In the order in which they run: the commonest fault first.
const std::vector<Sanitizer>& AllSanitizers();

// The start of an argument vector: the program to watch comes behind it.
std::vector<std::string> SanitizerArgv(const std::string& program,
                                       const Sanitizer& sanitizer,
                                       const std::string& log);

struct SanitizerReport {
  int findings = 0;     // of the tool's own kind, errors only
  std::string first;    // of them: what, where, by whom; one line
  std::string excerpt;  // the report's beginning
  // Why nothing can be concluded from a report without findings; "" = clean.
  std::string broken;
};

// The text names kernels, so it may say anything between the tool's own words:
// nothing in it takes back a finding.
SanitizerReport ReadSanitizerLog(const Sanitizer& sanitizer,
                                 std::string_view text);

}  // namespace kernelevolve::worker::gpu
