#include "llm/model_name.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

using Kind = ModelName::Kind;

ModelName One(const std::string& text) {
  const auto models = ParseModelNames(text);
  EXPECT_TRUE(models) << text << ": " << models.error().message;
  EXPECT_EQ(models->size(), 1u) << text;
  return (*models)[0];
}

TEST(ModelNameTest, Forms) {
  EXPECT_EQ(One("openai:gpt-5").target,
            "https://api.openai.com/v1/chat/completions");
  EXPECT_EQ(One("openai:gpt-5").name, "gpt-5");
  EXPECT_EQ(One("anthropic:claude").target,
            "https://api.anthropic.com/v1/messages");
  EXPECT_EQ(One("exec:prog 'a, b',c").target, "prog 'a, b',c");
  EXPECT_EQ(One("mailbox:/tmp/box").kind, Kind::kMailbox);
  EXPECT_EQ(One("replay:file.jsonl").kind, Kind::kReplay);
}

TEST(ModelNameTest, RoutesOfServers) {
  for (const char* base :
       {"http://host:8080", "http://host:8080/", "http://host:8080/v1",
        "http://host:8080/v1/", "http://host:8080/v1/chat/completions"})
    EXPECT_EQ(One(std::string(base) + "#m").target,
              "http://host:8080/v1/chat/completions")
        << base;
  EXPECT_EQ(One("https://host/api/v3#org/model#x").name, "org/model#x");
  const ModelName messages = One("anthropic+http://host#m");
  EXPECT_EQ(messages.target, "http://host/v1/messages");
  EXPECT_TRUE(messages.anthropic());
}

TEST(ModelNameTest, Several) {
  const auto models =
      ParseModelNames("openai:a, exec:p x,y --z ,http://h/v1#m,anthropic:b");
  ASSERT_TRUE(models);
  ASSERT_EQ(models->size(), 4u);
  EXPECT_EQ((*models)[1].target, "p x,y --z");
  EXPECT_EQ((*models)[2].text, "http://h/v1#m");
}

TEST(ModelNameTest, Mistakes) {
  for (const char* text :
       {"", "gpt-5", "openai:", "http://host", "http://host#", "exec: ",
        "http://user:key@host#m", "openai:a,openai:a"})
    EXPECT_FALSE(ParseModelNames(text)) << text;
}

TEST(ModelNameTest, ABadUrlIsNamedButNoPasswordIsQuoted) {
  const auto port = ParseModelNames("openai:a,http://host:99999/v1#m");
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().message,
            "http://host:99999/v1#m: a URL with a bad port");
  const auto password = ParseModelNames("http://user:key@host#m");
  ASSERT_FALSE(password);
  EXPECT_EQ(password.error().message.find("key@"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve
