#include "knowledge/docs/samples.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

constexpr std::string_view kBody =
    "\nText.\n"
    "```cpp\nint a;\n\nint b;\n```\n"
    "More.\n"
    "```\nuntagged\n```\n"
    "```cuda\n__global__ void k();\n";

TEST(Samples, KnowTagCodeAndLine) {
  const std::vector<Sample> samples = ExtractSamples(kBody, 14);
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[0].tag, "cpp");
  EXPECT_EQ(samples[0].code, "int a;\n\nint b;\n");
  EXPECT_EQ(samples[0].line, 16);
  EXPECT_TRUE(samples[0].closed);
  EXPECT_EQ(samples[1].tag, "");
  EXPECT_EQ(samples[2].tag, "cuda");
  EXPECT_FALSE(samples[2].closed);
}

TEST(Samples, OnlyLanguagesAreCompiled) {
  const std::vector<Sample> samples = ExtractSamples(kBody, 1);
  EXPECT_TRUE(IsCompiled(samples[0]));
  EXPECT_FALSE(IsCompiled(samples[1]));
  EXPECT_TRUE(IsCompiled(samples[2]));
  EXPECT_FALSE(IsCompiled(Sample{"text", "x\n", 1}));
}

TEST(Samples, ProseIsWhatStandsOutside) {
  const std::vector<ProseLine> prose = ExtractProse(kBody, 14);
  ASSERT_EQ(prose.size(), 3u);
  EXPECT_EQ(prose[1].text, "Text.");
  EXPECT_EQ(prose[1].line, 15);
  EXPECT_EQ(prose[2].text, "More.");
  EXPECT_EQ(prose[2].line, 21);
}

}  // namespace
}  // namespace kernelevolve
