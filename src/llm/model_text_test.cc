#include "llm/model_text.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

TEST(ModelTextTest, KeepsWhatIsText) {
  const std::string text = "a\tb\nµ → 漢 😀";
  EXPECT_EQ(CleanModelText(text), text);
}

TEST(ModelTextTest, DropsControlCharacters) {
  EXPECT_EQ(CleanModelText("a\x1b[31mb\r\n\x7f\xc2\x9b"
                           "c\x07"),
            "a[31mb\nc");
}

TEST(ModelTextTest, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(CleanModelText("caf\xc3"), "caf\xef\xbf\xbd");
  // A surrogate, an overlong slash, a code beyond the last.
  for (const char* bad : {"\xed\xa0\x80", "\xc0\xaf", "\xf5\x80\x80\x80"}) {
    const std::string clean = CleanModelText(bad);
    EXPECT_TRUE(ParseJson("\"" + clean + "\"")) << bad;
    EXPECT_EQ(clean.find(bad), std::string::npos);
  }
}

}  // namespace
}  // namespace kernelevolve
