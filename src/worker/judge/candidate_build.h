// Gate G1 for languages that become a shared library: parameters complete,
// source scanned, built, and nothing linked that would do the work.
#pragma once

#include <initializer_list>
#include <string_view>

#include "core/candidate.h"
#include "worker/judge/checks.h"
#include "worker/judge/machine.h"

namespace kernelevolve::worker {

// CONTRACT if the parameters do not fit what the source declares.
std::optional<Failure> CheckParameters(const Candidate& candidate);

// `request` is filled on the way: what the library was made from.
Verdictless BuildLibrary(const Machine& machine, const CompileRule& rule,
                         const Candidate& candidate, const CheckSet& checks,
                         BuildRequest* request, BuildResult* built);

// Whether these bytes stand anywhere in it: a guess at what it is linked with.
bool NamesAny(const fs::path& library, std::initializer_list<std::string_view> names);
// Whether it may start threads: also where it could do so by a name that it puts
// together, or without any. Code that it writes itself while it runs is not read.
bool StartsThreads(const fs::path& library);

}  // namespace kernelevolve::worker
