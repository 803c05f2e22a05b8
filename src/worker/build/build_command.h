// The argument vectors of a build, as the sandbox sees its files. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/target.h"

namespace kernelevolve::worker {

// Where the sandbox shows a build's folders.
inline constexpr char kBuildFolder[] = "/ke/build";
inline constexpr char kIncludeFolder[] = "/ke/include";
inline constexpr char kPrefixFolder[] = "/ke/prefix";
// A device's machine code, in the build's folder as soon as there is one.
inline constexpr char kImageName[] = "image.cubin";

struct BuildCommand {
  std::vector<std::string> defines;  // "NAME=VALUE"
  std::vector<std::string> link;     // library names, for -l
  // Whether kPrefixFolder/prefix.h is there, precompiled.
  bool prefixed = false;
};

// kernel<extension> → kernel.so.
std::vector<std::string> CompileArgv(const CompileRule& rule,
                                     const BuildCommand& command);
// prefix.h → prefix.h.gch, with the flags of CompileArgv.
std::vector<std::string> PrecompileArgv(const CompileRule& rule);

}  // namespace kernelevolve::worker
