#include "propose/llm/move_digest.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

bool Same(const std::string& language, const std::string& a,
          const std::string& b) {
  return MoveDigest({language, a, {}, "a"}) == MoveDigest({language, b, {}, "b"});
}

TEST(MoveDigest, DoesNotSeeCommentsAndBlanks) {
  EXPECT_TRUE(Same("cpp", "int f() { return 1; } // one\n",
                   "/* other */ int f()\n{\n  return 1;\n}\n"));
  EXPECT_TRUE(Same("cuda", "x = a[i]  +  1;", "x=a[ i ] // load\n + 1;"));
  EXPECT_TRUE(Same("cpp", "  # define U  4 // wide\nint a;", "#define U 4\nint a;"));
  EXPECT_FALSE(Same("cpp", "return 1;", "return 2;"));
}

TEST(MoveDigest, ValuesAndLanguageCount) {
  const Candidate plain{"cpp", "int f();", {}, ""};
  Candidate tuned = plain;
  tuned.parameters["UNROLL"] = "2";
  EXPECT_NE(MoveDigest(plain), MoveDigest(tuned));
}

// A directive may stand apart from its mark, and is no comment for it.
TEST(MoveDigest, SeesDirectives) {
  EXPECT_FALSE(Same("cpp", "# define U 4\n", "# define U 8\n"));
  EXPECT_FALSE(Same("cpp", "#  pragma omp simd\n", "#  pragma omp parallel\n"));
  EXPECT_FALSE(Same("cpp", "#define F (x)\n", "#define F(x)\n"));
  EXPECT_FALSE(Same("cpp", "#define A\nB", "#define A B"));
  EXPECT_TRUE(Same("cpp", "#define A \\\n  B\n", "#define A B\n"));
}

TEST(MoveDigest, WordsStayApart) {
  EXPECT_FALSE(Same("cpp", "int a;", "inta;"));
  EXPECT_FALSE(Same("cpp", "a + +b", "a ++b"));
}

TEST(MoveDigest, LiteralsAreNoComments) {
  EXPECT_FALSE(Same("cpp", "f(\"// 4\");", "f(\"// 8\");"));
  EXPECT_FALSE(Same("cpp", "f(\"a b\");", "f(\"ab\");"));
  EXPECT_FALSE(Same("cpp", "asm(\"\\\" /* a\");", "asm(\"\\\" /* b\");"));
  EXPECT_FALSE(Same("cuda", "R\"x(// 1)\" )x\";", "R\"x(// 2)\" )x\";"));
  EXPECT_FALSE(Same("cpp", "c == '\"' // x\n; g(1);", "c == '\"' // x\n; g(2);"));
  EXPECT_TRUE(Same("cpp", "n = 1'000; // a\n", "n = 1'000; // b\n"));
}

TEST(MoveDigest, InPythonTwoSlashesDivide) {
  EXPECT_FALSE(Same("triton", "row = pid // 8\n", "row = pid // 4\n"));
  EXPECT_FALSE(Same("triton", "a = b /* c\n", "a = b /* d\n"));
  EXPECT_TRUE(Same("triton", "row = pid // 8  # rows\n\n# next\ny = 1\n",
                   "row=pid//8\ny = 1"));
  EXPECT_FALSE(Same("triton", "s = '# 1'\n", "s = '# 2'\n"));
  EXPECT_FALSE(Same("triton", "s = '''\n# 1'''\n", "s = '''\n# 2'''\n"));
}

TEST(MoveDigest, PythonsIndentationCounts) {
  EXPECT_FALSE(Same("triton", "if a:\n  x = 1\n  y = 2\n",
                    "if a:\n  x = 1\ny = 2\n"));
  EXPECT_TRUE(Same("triton", "f(a,\n      b)\n", "f(a, b)  # both\n"));
}

// Whatever stands in it, it ends, and adds nothing but a last newline.
TEST(MoveDigest, TakesBrokenSources) {
  for (const std::string source : {"\"", "'", "/*", "R\"(", "R\"", "#", "\\", "'''",
                             "))((", "\"\\", "/* \" */ '"})
    for (const char* language : {"cpp", "triton", ""})
      EXPECT_LE(BareSource(source, language).size(), source.size() + 1)
          << source << " " << language;
}

}  // namespace
}  // namespace kernelevolve
