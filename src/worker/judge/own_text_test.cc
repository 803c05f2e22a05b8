#include "worker/judge/own_text.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

constexpr char kPreprocessed[] =
    "# 1 \"/ke/build/kernel.cc\"\n"
    "# 1 \"<built-in>\"\n"
    "builtin\n"
    "# 1 \"/usr/include/x.h\" 1 3 4\n"
    "header\n"
    "# 2 \"/ke/build/kernel.cc\" 2\n"
    "mine\n"
    "# 1 \"/ke/include/kernelevolve/abi.h\" 1\n"
    "abi";

TEST(OwnText, LinesOfTheSystemAreNotTheKernels) {
  EXPECT_EQ(OwnText("#include <x.h>\nmine", kPreprocessed), "mine\nabi\n");
  EXPECT_EQ(OwnText("a = b  # 3;\nx = '#'; // #line 3\n", kPreprocessed),
            "mine\nabi\n");
  EXPECT_EQ(OwnText("", ""), "");
}

TEST(OwnText, WhoRenamesLinesOwnsAll) {
  for (const char* source :
       {"#line 3 \"/usr/x.h\"\n", "int x;\n  # 3 \"/usr/x.h\" 3\n", "%: 3 \"x\"",
        "/* a */ #/* b */line 3", "#li\\\nne 3", "#define A(x) \\\n  x\n# \\\n 3 \"x\"",
        "const char* a = R\"(\n)\";\n/*\n*/ # 3 \"x\"",
        "const char* a = R\"(\\\n# 3 \"/usr/x.h\"\n)\";"})
    EXPECT_EQ(OwnText(source, kPreprocessed), kPreprocessed) << source;
}

TEST(PlainText, LinesThatGoOnAreOne) {
  EXPECT_EQ(PlainText("#undef no_\\\nsanitize\n\\ x"), "#undef no_sanitize\n\\ x");
  EXPECT_EQ(PlainText("a /* no_sanitize */ b"), "a   b");
}

TEST(FirstWord, IsTheFirstOfTheList) {
  EXPECT_EQ(FirstWord("x mfence asm", {"asm", "mfence"}), "asm");
  EXPECT_EQ(FirstWord("x", {"asm"}), "");
}

TEST(FirstUnseenAccess, MasksIndicesHintsAndAssembly) {
  for (const char* name :
       {"asm", "__asm__", "_mm512_i32gather_ps", "_mm512_mask_i32scatter_ps",
        "_mm256_stream_ps", "_mm512_maskz_loadu_ps", "_mm256_maskload_ps",
        "_mm512_mask_storeu_epi8", "_mm512_mask_cvtepi32_storeu_epi8", "_tile_loadd",
        "_mm256_broadcast_ss", "_mm_loadl_pi", "__builtin_ia32_movntps256"})
    EXPECT_EQ(FirstUnseenAccess(std::string("a = ") + name + "(p);"), name);
  for (const char* text : {"asm volatile(\"\" \"nop\");", "asm", "asm(\"\"", "asm(\" \")"})
    EXPECT_EQ(FirstUnseenAccess(text), "asm") << text;
}

TEST(FirstUnseenAccess, WhatIsInstrumentedIsSeen) {
  EXPECT_EQ(FirstUnseenAccess("_mm256_loadu_ps(p); _mm512_storeu_ps(p, x); "
                              "_mm512_mask_add_ps(a, k, b, c); gather(p); plasma;"
                              "_mm_load1_ps(p); _mm512_broadcastss_ps(x); stream_"),
            "");
  // Fences for the compiler alone.
  EXPECT_EQ(FirstUnseenAccess("asm volatile (\"\" : \"+v\"(x)); asm(\"\");"), "");
}

}  // namespace
}  // namespace kernelevolve::worker
