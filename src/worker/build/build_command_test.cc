#include "worker/build/build_command.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

using Argv = std::vector<std::string>;

CompileRule Rule() {
  CompileRule rule;
  rule.argv = {"g++", "-O3", "-I{include}", "{defines}", "-o", "{output}", "{source}"};
  rule.precompile = {"-x", "c++-header"};
  rule.extension = ".cc";
  return rule;
}

TEST(CompileArgv, FillsInEveryPlaceholder) {
  EXPECT_EQ(CompileArgv(Rule(), {{"TILE=8", "UNROLL=2"}, {"m"}, false}),
            (Argv{"g++", "-O3", "-I/ke/include", "-DTILE=8", "-DUNROLL=2", "-o",
                  "/ke/build/kernel.so", "/ke/build/kernel.cc", "-lm"}));
}

TEST(CompileArgv, APrecompiledHeaderComesFirst) {
  EXPECT_EQ(CompileArgv(Rule(), {{"TILE=8"}, {}, true}),
            (Argv{"g++", "-O3", "-I/ke/include", "-include", "/ke/prefix/prefix.h",
                  "-DTILE=8", "-o", "/ke/build/kernel.so", "/ke/build/kernel.cc"}));
}

TEST(PrecompileArgv, HasTheSameFlagsAndNoDefines) {
  EXPECT_EQ(PrecompileArgv(Rule()),
            (Argv{"g++", "-O3", "-I/ke/include", "-o", "/ke/build/prefix.h.gch",
                  "-x", "c++-header", "/ke/build/prefix.h"}));
}

}  // namespace
}  // namespace kernelevolve::worker
