#include "llm/api_key.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

class ApiKeyTest : public testing::Test {
 protected:
  ApiKeyTest() : folder_(*TempFolder::Create("key_test")) {}

  Result<KeyRing> Load(const std::string& file = "") {
    fs::path path;
    if (!file.empty()) {
      path = folder_.path() / "keys";
      EXPECT_TRUE(WriteFileAtomic(path, file));
    }
    return KeyRing::Load(path, [this](const char* name) -> const char* {
      const auto found = environment_.find(name);
      return found == environment_.end() ? nullptr : found->second.c_str();
    });
  }
  static std::string KeyFor(const KeyRing& keys, const std::string& model) {
    const auto key = keys.For((*ParseModelNames(model))[0]);
    return key ? key->Reveal() : "error: " + key.error().message;
  }

  const TempFolder folder_;
  std::map<std::string, std::string> environment_;
};

TEST_F(ApiKeyTest, EachServerGetsItsOwn) {
  environment_ = {{"OPENAI_API_KEY", "o"}, {"ANTHROPIC_API_KEY", "a"},
                  {"KE_API_KEY", "k"}};
  const auto keys = Load();
  ASSERT_TRUE(keys);
  EXPECT_EQ(KeyFor(*keys, "openai:m"), "o");
  EXPECT_EQ(KeyFor(*keys, "anthropic:m"), "a");
  EXPECT_EQ(KeyFor(*keys, "https://h#m"), "k");
  EXPECT_EQ(KeyFor(*keys, "anthropic+https://h#m"), "k");
  EXPECT_EQ(KeyFor(*keys, "exec:p"), "");
}

TEST_F(ApiKeyTest, AnotherServersKeyIsNotBorrowed) {
  environment_ = {{"OPENAI_API_KEY", "o"}};
  const auto keys = Load();
  ASSERT_TRUE(keys);
  EXPECT_EQ(KeyFor(*keys, "https://h#m"), "");
  const auto missing = keys->For((*ParseModelNames("anthropic:m"))[0]);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kMissing);
}

TEST_F(ApiKeyTest, FileWithOneKey) {
  environment_ = {{"OPENAI_API_KEY", "o"}};
  const auto keys = Load("# mine\n  sk-abc== \n");
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->SourceOf((*ParseModelNames("https://h#m"))[0]), "the key file");
  EXPECT_EQ(KeyFor(*keys, "openai:m"), "sk-abc==");
}

TEST_F(ApiKeyTest, FileWithNames) {
  environment_ = {{"OPENAI_API_KEY", "o"}, {"KE_API_KEY", "k"}};
  const auto keys = Load("OPENAI_API_KEY = file\nANTHROPIC_API_KEY=b\n");
  ASSERT_TRUE(keys);
  EXPECT_EQ(KeyFor(*keys, "openai:m"), "file");
  EXPECT_EQ(KeyFor(*keys, "anthropic:m"), "b");
  EXPECT_EQ(KeyFor(*keys, "https://h#m"), "k");
}

TEST_F(ApiKeyTest, MistakesDoNotQuoteTheFile) {
  for (const char* text : {"sk-1\nsk-2\n", "sk- words\n", "sk-caf\xc3\xa9\n"}) {
    const auto keys = Load(text);
    ASSERT_FALSE(keys) << text;
    EXPECT_EQ(keys.error().message.find(std::string(text).substr(0, 3)),
              std::string::npos);
  }
  environment_ = {{"KE_API_KEY", "a\nX-Evil: 1"}};
  EXPECT_FALSE(Load());
}

TEST_F(ApiKeyTest, States) {
  environment_ = {{"ANTHROPIC_API_KEY", "a"}};
  const auto keys = Load();
  ASSERT_TRUE(keys);
  const auto states = keys->States();
  EXPECT_FALSE(states[0].usable);
  EXPECT_TRUE(states[1].usable);
  EXPECT_EQ(states[1].why, "ANTHROPIC_API_KEY is set");
}

}  // namespace
}  // namespace kernelevolve
