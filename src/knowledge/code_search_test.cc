#include "knowledge/code_search.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/check.h"

namespace kernelevolve {
namespace {

class CodeSearchTest : public testing::Test {
 protected:
  void Write(const std::string& path, std::string_view text) {
    CHECK(MakeFolders((root() / path).parent_path()).has_value());
    CHECK(WriteFileAtomic(root() / path, text).has_value());
  }
  fs::path root() const { return folder_->path(); }
  std::unique_ptr<CodeSearch> Load(const CodeSearchLimits& limits = {}) {
    auto search = CodeSearch::Load(root(), limits);
    CHECK(search.has_value());
    return *std::move(search);
  }
  std::vector<std::string> PathsWith(std::string_view text) {
    const auto found = Load()->Find(text, 10);
    CHECK(found.has_value());
    std::vector<std::string> paths;
    for (const CodeSnippet& snippet : *found) paths.push_back(snippet.path);
    return paths;
  }
  Result<TempFolder> folder_ = TempFolder::Create("code");
};

using Texts = std::vector<std::string>;

TEST_F(CodeSearchTest, FindsTheLine) {
  std::string text;
  for (int i = 1; i < 100; ++i)
    text += "int filler" + std::to_string(i) + ";\n";
  text += "void online_softmax(float* x);\n";
  Write("src/a.cc", text);
  Write("src/b.cc", "int nothing;\n");
  const auto found = Load()->Find("how is online softmax done?", 3);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->size(), 1u);
  const CodeSnippet& snippet = (*found)[0];
  EXPECT_EQ(snippet.path, "src/a.cc");
  EXPECT_LE(snippet.line, 100);
  EXPECT_GT(snippet.line + 16, 100);
  EXPECT_NE(snippet.text.find("void online_softmax"), std::string::npos);
}

TEST_F(CodeSearchTest, SkipsWhatIsNoSourceOfTheTree) {
  const Result<TempFolder> outside = TempFolder::Create("outside");
  Write("kept.cu", "kernel_marker\n");
  for (const char* path : {".git/x.cc", "build/x.cc", "a/.hidden.cc",
                           "a/build-debug/x.cc", "notes.txt", "a/Makefile"})
    Write(path, "kernel_marker\n");
  Write("binary.cc", std::string_view("kernel_marker\0", 14));
  Write("large.cc", "kernel_marker\n" + std::string(600 << 10, ' '));
  CHECK(
      WriteFileAtomic(outside->path() / "o.cc", "kernel_marker\n").has_value());
  fs::create_symlink(outside->path() / "o.cc", root() / "link.cc");
  fs::create_directory_symlink(outside->path(), root() / "folder");
  ASSERT_EQ(::mkfifo((root() / "pipe.cc").c_str(), 0600), 0);
  EXPECT_EQ(PathsWith("kernel_marker"), Texts{"kept.cu"});
}

TEST_F(CodeSearchTest, StopsAtItsLimitsAndSaysSo) {
  for (const char* name : {"a.cc", "b.cc", "c.cc"}) Write(name, "marker one\n");
  CodeSearchLimits limits;
  limits.files = 2;
  EXPECT_EQ(Load(limits)->files(), 2u);
  EXPECT_EQ(Load(limits)->left_out(), 1u);
  limits.files = 10;
  limits.total_bytes = 12;
  EXPECT_EQ(Load(limits)->files(), 1u);
  EXPECT_EQ(Load(limits)->left_out(), 2u);
}

TEST_F(CodeSearchTest, SnippetsAreCleanAndShort) {
  Write("a.cc", "\x1b[31m marker\x07 \xff" + std::string(50'000, 'x') + "\n");
  const auto found = Load()->Find("marker", 3);
  ASSERT_TRUE(found.has_value() && found->size() == 1u);
  EXPECT_EQ((*found)[0].text.find('\x1b'), std::string::npos);
  EXPECT_LE((*found)[0].text.size(), 2000u);
  EXPECT_EQ((*found)[0].line, 1);
}

TEST_F(CodeSearchTest, AFolderIsNeededAndNoWordsFindNothing) {
  const auto refused = CodeSearch::Load(root() / "absent");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
  const auto none = Load()->Find("?!", 3);
  ASSERT_TRUE(none.has_value());
  EXPECT_TRUE(none->empty());
}

}  // namespace
}  // namespace kernelevolve
