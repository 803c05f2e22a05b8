#include "worker/build/leading_includes.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

TEST(LeadingIncludes, AreTakenUpToTheFirstOtherLine) {
  EXPECT_EQ(LeadingIncludes("// ke:tune TILE = 8 in {4, 8}\n"
                            "/* two\n   lines */\n"
                            "#include <kernelevolve/abi.h>\n\n"
                            "  # include <immintrin.h>  // AVX\n"
                            "#define A 1\n"
                            "#include <cmath>\n"),
            "#include <kernelevolve/abi.h>\n#include <immintrin.h>\n");
}

TEST(LeadingIncludes, NothingBeforeThemMayChangeThem) {
  EXPECT_EQ(LeadingIncludes("#define _GNU_SOURCE\n#include <cmath>\n"), "");
  EXPECT_EQ(LeadingIncludes("#pragma GCC optimize(\"O2\")\n#include <cmath>\n"), "");
  EXPECT_EQ(LeadingIncludes("/* x */ int a;\n#include <cmath>\n"), "");
}

TEST(LeadingIncludes, OnlyOrdinaryHeaders) {
  for (const char* line : {"#include \"mine.h\"", "#include </etc/passwd>",
                           "#include <../x.h>", "#include <a b>", "#include HEADER",
                           "#include <cmath> int a;", "#include <cmath"})
    EXPECT_EQ(LeadingIncludes(std::string(line) + "\n#include <cmath>\n"), "") << line;
}

TEST(LeadingIncludes, OursAloneIsNotWorthIt) {
  EXPECT_EQ(LeadingIncludes("#include <kernelevolve/abi.h>\nint a;\n"), "");
}

}  // namespace
}  // namespace kernelevolve::worker
