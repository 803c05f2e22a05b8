#include "knowledge/docs/lint.h"

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/text.h"
#include "knowledge/docs/index_page.h"
#include "knowledge/docs/testing/sample_documents.h"

namespace kernelevolve {
namespace {

class LintTest : public testing::Test {
 protected:
  fs::path knowledge() const { return folder_->path(); }
  void Write(const std::string& path, std::string_view text) {
    CHECK(MakeFolders((knowledge() / path).parent_path()).has_value());
    CHECK(WriteFileAtomic(knowledge() / path, text).has_value());
  }
  // Of one document whose body ends with `more`.
  std::vector<std::string> MistakesWith(const std::string& more) {
    Document document = SampleDocument("constraints/a.md", "A");
    document.body += more;
    WriteDocuments({document}, knowledge());
    return Mistakes();
  }
  std::vector<std::string> Mistakes() {
    const auto problems = LintKnowledge(knowledge());
    CHECK(problems.has_value());
    std::vector<std::string> mistakes;
    for (const Diagnostic& problem : *problems)
      mistakes.push_back(problem.ToString());
    return mistakes;
  }
  Result<TempFolder> folder_ = TempFolder::Create("lint");
};

using Texts = std::vector<std::string>;

TEST_F(LintTest, NothingIsFoundInGoodDocuments) {
  Document a = SampleDocument("constraints/a.md", "A");
  a.body +=
      "See [b](../guidance/debugging/b.md#part) and [x](https://x.org/).\n"
      "`[no](link.md)`\n```cpp\nint x;  // [no](link.md)\n```\n";
  a.checked_with = {"g++ 12.2"};
  WriteDocuments({a, SampleDocument("guidance/debugging/b.md", "B")},
                 knowledge());
  EXPECT_EQ(Mistakes(), Texts{});
}

TEST_F(LintTest, RecipesSkillsHiddenFilesAndLinksAreNoDocuments) {
  WriteDocuments({SampleDocument("constraints/a.md", "A")}, knowledge());
  for (const char* path : {"recipes/cpp/notes.md", "skills/s.md", ".x/y.md"})
    Write(path, "no front matter");
  fs::create_symlink("/etc/passwd", knowledge() / "constraints" / "p.md");
  EXPECT_EQ(Mistakes(), Texts{});
}

TEST_F(LintTest, LinksResolveInsideTheFolder) {
  EXPECT_EQ(MistakesWith("[b](b.md) [c](../../etc/c.md) [d](/etc/passwd)\n"),
            (Texts{"constraints/a.md:30: link: found \"b.md\", expected a file "
                   "in the knowledge folder, relative to this one",
                   "constraints/a.md:30: link: found \"../../etc/c.md\", "
                   "expected a file in the knowledge folder, relative to this "
                   "one",
                   "constraints/a.md:30: link: found \"/etc/passwd\", expected "
                   "a file in the knowledge folder, relative to this one"}));
}

TEST_F(LintTest, SamplesHaveATagAnEndAndAContent) {
  EXPECT_EQ(MistakesWith("```c++\nint x;\n```\n```text\n\n```\n```text\nx\n"),
            (Texts{"constraints/a.md:30: sample: found the tag \"c++\", "
                   "expected one of cpp, cuda, python, text",
                   "constraints/a.md:33: sample: found nothing in it, expected "
                   "code",
                   "constraints/a.md:36: sample: found no end, expected a line "
                   "of ```"}));
}

TEST_F(LintTest, CompiledSamplesNeedACompilersVersion) {
  EXPECT_EQ(MistakesWith("```cpp\nint x;\n```\n").size(), 1u);
}

TEST_F(LintTest, ATritonKernelNeedsItsSignature) {
  const Texts mistakes =
      MistakesWith("```python\n@triton.jit\ndef f(x): pass\n```\n");
  ASSERT_EQ(mistakes.size(), 2u);  // and checked_with
  EXPECT_NE((mistakes[0] + mistakes[1]).find("# compile: "), std::string::npos);
}

TEST_F(LintTest, PlaceAndNameFollowTheFormat) {
  WriteDocuments({SampleDocument("notes/Bad-Name.md", "A")}, knowledge());
  const Texts mistakes = Mistakes();
  ASSERT_EQ(mistakes.size(), 2u);
  EXPECT_NE(mistakes[0].find("notes/Bad-Name.md: folder: found \"notes\""),
            std::string::npos);
  EXPECT_NE(mistakes[1].find("small letters"), std::string::npos);
}

TEST_F(LintTest, ANewChipIsAFolder) {
  Document chip = SampleDocument("hardware/npu9/arch/cores.md", "Cores");
  chip.platforms = {"npu9"};
  WriteDocuments({chip}, knowledge());
  EXPECT_EQ(Mistakes(), Texts{});
}

TEST_F(LintTest, LengthIsLimitedOnBothSides) {
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "x\n";
  EXPECT_EQ(MistakesWith(lines),
            Texts{"constraints/a.md:14: body: found 115 lines, expected 15 to "
                  "100"});
  Document brief = SampleDocument("constraints/a.md", "A");
  brief.body = "One line.\n";
  WriteDocuments({brief}, knowledge());
  EXPECT_EQ(Mistakes().size(), 1u);
}

TEST_F(LintTest, TitlesAreUnique) {
  WriteDocuments({SampleDocument("constraints/a.md", "A"),
                  SampleDocument("constraints/b.md", "A")},
                 knowledge());
  EXPECT_EQ(Mistakes(), Texts{"constraints/b.md:2: title: found the title of "
                              "constraints/a.md, expected one of its own"});
}

TEST_F(LintTest, TheIndexIsOfToday) {
  WriteDocuments({SampleDocument("constraints/a.md", "A")}, knowledge());
  Write("index.md", "# Knowledge\n");
  EXPECT_EQ(Mistakes(), Texts{"index.md: found an index of other days, "
                              "expected what kernelevolve kb lint "
                              "--write-index writes"});
  fs::remove(knowledge() / "index.md");
  EXPECT_EQ(Mistakes().size(), 1u);
}

TEST_F(LintTest, AMalformedDocumentDoesNotHideTheOthers) {
  WriteDocuments({SampleDocument("constraints/a.md", "A")}, knowledge());
  Write("constraints/b.md", "no front matter");
  Write("constraints/c.md", "+++\ntitle = 1\n+++\n");
  EXPECT_GT(Mistakes().size(), 10u);  // each key that c.md lacks
}

TEST(IndexPage, HasAHeadingForEachFolderAndALineForEachDocument) {
  const std::string page =
      IndexPage({SampleDocument("constraints/a.md", "A"),
                 SampleDocument("guidance/correctness/b.md", "B"),
                 SampleDocument("guidance/debugging/c.md", "C")});
  EXPECT_EQ(page.substr(page.find("\n## ")),
            "\n## constraints\n\n- [A](constraints/a.md): What A is for.\n"
            "\n## guidance\n\n### correctness\n\n"
            "- [B](guidance/correctness/b.md): What B is for.\n"
            "\n### debugging\n\n"
            "- [C](guidance/debugging/c.md): What C is for.\n");
}

}  // namespace
}  // namespace kernelevolve
