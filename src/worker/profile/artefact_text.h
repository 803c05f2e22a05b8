// What the toolchain says of a kernel that is built already: its instructions,
// and the compiler's remarks. The tools read a hostile file or source, so they
// run where builds run.
#pragma once

#include <string>

#include "worker/judge/machine.h"

namespace kernelevolve::worker {

// The text of its code section by objdump; kMissing where that is not
// installed. Cut where it grows too long.
Result<std::string> Disassemble(const Machine& machine,
                                const fs::path& library);

// What the compiler says when it is asked to explain itself.
struct ExplainedBuild {
  std::string remarks;  // as it wrote them
  std::string listing;  // as Disassemble, with source lines; may be empty
};
// Compiles once more and keeps nothing.
Result<ExplainedBuild> ExplainBuild(const Machine& machine,
                                    const BuildRequest& request);

// The name of a source file in a build.
std::string SourceName(const CompileRule& rule);

}  // namespace kernelevolve::worker
