// Which input a fuzzing process died of, said while it dies.
#pragma once

#include <cstdint>

namespace kernelevolve::fuzz {

// Sanitizers and CHECK end in abort(), a hang in an alarm: from here on both
// name the input on standard error. Once a process.
void NameTheInputThatKills(uint64_t seed);

// The next one; it may take as long as `kHangSeconds`.
void Trying(const char* target, uint64_t number);
inline constexpr unsigned kHangSeconds = 30;

// Whether memory was lost; its sanitizer has said which. False without one.
bool LeaksFound();

// The sanitizers that this program was built with: "address" or "none".
const char* SanitizerSeen();

}  // namespace kernelevolve::fuzz
