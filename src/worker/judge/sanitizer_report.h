// What AddressSanitizer and ThreadSanitizer say of a kernel on a CPU. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kernelevolve::worker {

// The first finding, in one line: what, where, by whom. Of AddressSanitizer only
// accesses outside what is the kernel's, or to what it has freed: a plain crash says
// nothing that it does not say without it.
std::optional<std::string> FirstMemoryFault(std::string_view report);
// Of ThreadSanitizer only data races.
std::optional<std::string> FirstDataRace(std::string_view report);

}  // namespace kernelevolve::worker
